#include <morph/graph/passes/simplify.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <variant>

namespace morph {

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

size_t hash_of(const graph_node& n, const std::vector<port_ref>& inputs) {
  auto out = std::hash<const void*>{}(n.kind);
  for (auto in : inputs)
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

bool same_value(const graph_node& a, const graph_node& b,
                const std::vector<port_ref>& inputs_of_b) {
  return a.kind == b.kind && a.inputs == inputs_of_b && a.attrs == b.attrs
         && a.hint == b.hint && a.outputs == b.outputs;
}

/// One node for each value, by hash.
class value_table {
public:
  std::optional<node_id> find(const graph& to, size_t hash, const graph_node& n,
                              const std::vector<port_ref>& inputs) const {
    auto [i, last] = rows_.equal_range(hash);
    for (; i != last; ++i)
      if (same_value(to[i->second], n, inputs))
        return i->second;
    return std::nullopt;
  }

  void add(size_t hash, node_id id) {
    rows_.emplace(hash, id);
  }

private:
  std::unordered_multimap<size_t, node_id> rows_;
};

void give_name(graph& to, node_id id, const graph_node& named) {
  to.at({id, 0}).named(named.name);
  auto& kept = to.data()->nodes[id];
  kept.file = named.file;
  kept.line = named.line;
}

} // namespace

pass_result merge_common_subexpressions(const graph& g) {
  value_table seen;
  return rebuild(g, [&](graph& to, const graph_node& n, auto& inputs) {
    if (!may_merge(n))
      return std::optional{copy_node(to, n, inputs)};
    auto hash = hash_of(n, inputs);
    auto first = seen.find(to, hash, n, inputs);
    if (first && (n.name.empty() || to[*first].name.empty())) {
      if (!n.name.empty())
        give_name(to, *first, n);
      return first;
    }
    auto id = copy_node(to, n, inputs);
    if (!first)
      seen.add(hash, id);
    return std::optional{id};
  });
}

} // namespace morph
