#include <morph/graph/io/elements.hpp>
#include <morph/graph/passes/simplify.hpp>

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace morph {

namespace {

// Above this a constant costs more memory and traffic than its op costs time.
constexpr uint64_t most_bytes = uint64_t{1} << 20;
constexpr uint64_t most_bytes_in_all = uint64_t{64} << 20;
constexpr double most_flops = 1e8;

/// The constants that feed a node; empty if it has other inputs, or none.
std::vector<value> constant_inputs(const graph& g,
                                   const std::vector<port_ref>& inputs) {
  std::vector<value> out;
  for (auto x : inputs) {
    auto& n = g[x.node];
    if (!n.is(builtin::constant))
      return {};
    out.push_back(n.attrs.get<tensor>("value"));
  }
  return out;
}

class folder {
public:
  /// The value of a node, or null if it is not to be folded.
  tensor fold(const graph& g, const graph_node& n,
              const std::vector<port_ref>& inputs) {
    if (!n.kind->run || n.outputs.size() != 1
        || n.hint.cache == cache_hint::no_cache)
      return {};
    auto in = constant_inputs(g, inputs);
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
    if (!accepts(n.outputs[0], out))
      return {};
    auto x = tensor::from(out);
    spent_ += x.size_bytes();
    return x;
  }

private:
  bool is_cheap(const graph_node& n, const std::vector<value>& in) const {
    auto& t = n.outputs[0];
    if (!t.is_tensor() || !t.shape().is_static())
      return false;
    auto limit = std::min(most_bytes, most_bytes_in_all - spent_);
    std::vector<port_type> types;
    for (auto& x : in)
      types.push_back(type_of(x));
    return checked_elements(t.shape(), limit / size_of(t.type()))
           && estimate_cost(*n.kind, types, n.outputs, n.attrs).flops
                <= most_flops;
  }

  uint64_t spent_ = 0;
};

graph_node constant_like(const graph_node& n, tensor x) {
  graph_node out;
  out.kind = &builtin::constant;
  out.name = n.name;
  out.outputs = n.outputs;
  out.attrs.set("value", std::move(x));
  out.hint = n.hint;
  out.file = n.file;
  out.line = n.line;
  return out;
}

} // namespace

pass_result fold_constants(const graph& g) {
  folder state;
  return rebuild(g, [&](graph& to, const graph_node& n, auto& inputs) {
    auto x = state.fold(to, n, inputs);
    return std::optional{
      x ? to.append(constant_like(n, std::move(x))).ref().node
        : copy_node(to, n, inputs)};
  });
}

} // namespace morph
