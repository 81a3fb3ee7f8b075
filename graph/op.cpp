#include <morph/graph/op.hpp>
#include <morph/graph/ops/table.hpp>

#include <algorithm>
#include <string>

namespace morph {

namespace {

const std::vector<const op*>& sorted_rows() {
  static const auto rows = [] {
    std::vector<const op*> out;
    for (auto group : ops::groups())
      for (auto& row : group)
        out.push_back(&row);
    std::sort(out.begin(), out.end(),
              [](const op* a, const op* b) { return a->name < b->name; });
    return out;
  }();
  return rows;
}

double elements(const port_type& t, int64_t assumed) {
  if (!t.is_tensor())
    return 1;
  double n = 1;
  for (auto x : t.shape())
    n *= static_cast<double>(x == dyn ? assumed : x);
  return n;
}

double bytes(const port_type& t, int64_t assumed) {
  return t.is_tensor()
           ? elements(t, assumed) * static_cast<double>(size_of(t.type()))
           : 64;
}

port_type with_extents(const port_type& t, int64_t assumed) {
  if (!t.is_tensor())
    return t;
  auto s = t.shape();
  for (size_t i = 0; i < s.rank(); ++i)
    if (s[i] == dyn)
      s[i] = assumed;
  return {t.type(), s};
}

} // namespace

std::span<const op* const> op_table() {
  return sorted_rows();
}

const op* find_op(std::string_view name) noexcept {
  auto& xs = sorted_rows();
  auto i = std::lower_bound(xs.begin(), xs.end(), name,
                            [](const op* x, std::string_view y) {
                              return x->name < y;
                            });
  return i != xs.end() && (*i)->name == name ? *i : nullptr;
}

op_cost estimate_cost(const op& kind, types_view in, types_view out,
                      const attributes& attrs, int64_t assumed) {
  if (kind.cost) {
    std::vector<port_type> a;
    std::vector<port_type> b;
    for (auto& t : in)
      a.push_back(with_extents(t, assumed));
    for (auto& t : out)
      b.push_back(with_extents(t, assumed));
    return kind.cost(a, b, attrs);
  }
  op_cost result;
  for (auto& t : in)
    result.bytes += bytes(t, assumed);
  for (auto& t : out) {
    result.bytes += bytes(t, assumed);
    result.flops += elements(t, assumed);
  }
  return result;
}

namespace builtin {

const op input{"input", 0,
               0,       1,
               nullptr, nullptr,
               nullptr, "A value that the session feeds in each step."};
const op parameter{
  "parameter", 0,
  0,           1,
  nullptr,     nullptr,
  nullptr,     "A value that lives between steps and may be trained."};
const op constant{"constant", 0,       0,       1,
                  nullptr,    nullptr, nullptr, "A value that never changes."};
const op user{"user",     0,
              any_number, any_number,
              nullptr,    nullptr,
              nullptr,    "A node that the user has defined in C++."};

} // namespace builtin

} // namespace morph
