#include <morph/graph/passes/value_table.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace morph::detail {

namespace {

void mix(size_t& seed, size_t x) noexcept {
  seed ^= x + 0x9e3779b97f4a7c15 + (seed << 6) + (seed >> 2);
}

size_t hash_of(const attribute& x) {
  return std::visit(
    [](auto& y) -> size_t {
      using type = std::decay_t<decltype(y)>;
      if constexpr (std::is_same_v<type, tensor>) {
        if (!y)
          return 0;
        auto bytes = y.raw();
        return std::hash<std::string_view>{}(
          {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      } else if constexpr (std::is_same_v<type, std::vector<int64_t>>) {
        size_t out = y.size();
        for (auto n : y)
          mix(out, static_cast<size_t>(n));
        return out;
      } else {
        return std::hash<type>{}(y);
      }
    },
    x);
}

size_t hash_of(const graph_node& n) {
  auto out = std::hash<const void*>{}(n.kind);
  for (auto in : n.inputs)
    mix(out, (size_t{in.node} << 16) + in.port);
  for (auto& [name, x] : n.attrs.entries()) {
    mix(out, std::hash<std::string>{}(name));
    mix(out, hash_of(x));
  }
  mix(out, std::hash<std::string>{}(n.hint.pin));
  return out;
}

bool may_merge(const graph_node& n) noexcept {
  return !n.is(builtin::input) && !n.is(builtin::parameter) && !n.user;
}

bool same_value(const graph_node& a, const graph_node& b) {
  return a.kind == b.kind && a.inputs == b.inputs && a.attrs == b.attrs
         && a.hint == b.hint && a.outputs == b.outputs;
}

void give_name(graph& to, node_id id, const graph_node& named) {
  to.at({id, 0}).named(named.name);
  auto& kept = to.data()->nodes[id];
  kept.file = named.file;
  kept.line = named.line;
}

} // namespace

node_id value_table::place(graph& to, graph_node n) {
  if (!may_merge(n))
    return to.append(std::move(n)).ref().node;
  auto hash = hash_of(n);
  auto first = find(to, hash, n);
  if (first && (n.name.empty() || to[*first].name.empty())) {
    if (!n.name.empty())
      give_name(to, *first, n);
    return *first;
  }
  auto id = to.append(std::move(n)).ref().node;
  if (!first)
    rows_.emplace(hash, id);
  return id;
}

std::optional<node_id> value_table::find(const graph& to, size_t hash,
                                         const graph_node& n) const {
  auto [i, last] = rows_.equal_range(hash);
  for (; i != last; ++i)
    if (same_value(to[i->second], n))
      return i->second;
  return std::nullopt;
}

} // namespace morph::detail
