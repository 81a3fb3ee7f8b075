#include <morph/graph/io/elements.hpp>
#include <morph/graph/passes/constant_folder.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace morph::detail {

namespace {

// Above this a constant costs more memory and traffic than its op costs time.
constexpr uint64_t most_bytes = uint64_t{1} << 20;
constexpr uint64_t most_bytes_in_all = uint64_t{64} << 20;
constexpr double most_flops = 1e8;

/// The constants that feed a node; empty if it has other inputs, or none.
std::vector<value> constant_inputs(const graph& g, const graph_node& n) {
  std::vector<value> out;
  for (auto x : n.inputs) {
    auto& from = g[x.node];
    if (!from.is(builtin::constant))
      return {};
    out.push_back(from.attrs.get<tensor>("value"));
  }
  return out;
}

} // namespace

graph_node constant_folder::fold(const graph& g, graph_node n) {
  auto x = value_of(g, n);
  if (!x)
    return n;
  spent_bytes_ += x.size_bytes();
  folded_ = true;
  n.kind = &builtin::constant;
  n.inputs.clear();
  n.attrs = {};
  n.attrs.set("value", std::move(x));
  return n;
}

tensor constant_folder::value_of(const graph& g, const graph_node& n) {
  if (!n.kind->run || n.outputs.size() != 1
      || n.hint.cache == cache_hint::no_cache)
    return {};
  auto in = constant_inputs(g, n);
  if (in.empty() || !is_cheap(n, in))
    return {};
  value out;
  try {
    if (!n.kind->run(in, {&out, 1}, n.attrs))
      return {}; // The node will report it when it runs.
  } catch (const failure&) {
    return {};
  } catch (const std::bad_alloc&) {
    return {};
  }
  return accepts(n.outputs[0], out) ? tensor::from(out) : tensor{};
}

bool constant_folder::is_cheap(const graph_node& n,
                               const std::vector<value>& in) const {
  auto& t = n.outputs[0];
  if (!t.is_tensor() || !t.shape().is_static())
    return false;
  auto limit = std::min(most_bytes, most_bytes_in_all - spent_bytes_);
  std::vector<port_type> types;
  for (auto& x : in)
    types.push_back(type_of(x));
  return checked_elements(t.shape(), limit / size_of(t.type()))
         && estimate_cost(*n.kind, types, n.outputs, n.attrs).flops
              <= most_flops;
}

} // namespace morph::detail
