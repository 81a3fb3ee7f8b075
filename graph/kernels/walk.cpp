#include <morph/graph/kernels/walk.hpp>

#include <algorithm>

namespace morph::kernels {

stride_list dense_strides(const shape& s) noexcept {
  stride_list out{};
  int64_t step = 1;
  for (size_t d = s.rank(); d-- > 0;) {
    out[d] = step;
    step *= s[d];
  }
  return out;
}

stride_list broadcast_strides(const shape& from, const shape& to) noexcept {
  auto dense = dense_strides(from);
  stride_list out{};
  auto lead = to.rank() - from.rank();
  for (size_t d = 0; d < from.rank(); ++d)
    out[lead + d] = from[d] == 1 ? 0 : dense[d];
  return out;
}

result<shape> broadcast_shape(const shape& a, const shape& b) {
  auto& longer = a.rank() >= b.rank() ? a : b;
  auto& shorter = a.rank() >= b.rank() ? b : a;
  auto out = longer;
  auto lead = longer.rank() - shorter.rank();
  for (size_t d = 0; d < shorter.rank(); ++d) {
    auto x = longer[lead + d];
    auto y = shorter[d];
    if (x == y || y == 1)
      continue;
    if (x == 1 || x == dyn)
      out[lead + d] = y;
    else if (y != dyn)
      return fail(errc::shape_mismatch,
                  "shapes " + to_string(a) + " and " + to_string(b)
                    + " do not broadcast: axis "
                    + std::to_string(static_cast<int64_t>(d)
                                     - static_cast<int64_t>(shorter.rank()))
                    + " has extents " + std::to_string(x) + " and "
                    + std::to_string(y));
  }
  return out;
}

bool broadcasts_to(const shape& from, const shape& to) noexcept {
  if (from.rank() > to.rank())
    return false;
  auto lead = to.rank() - from.rank();
  for (size_t d = 0; d < from.rank(); ++d) {
    auto x = from[d];
    auto y = to[lead + d];
    if (x != 1 && x != dyn && y != dyn && x != y)
      return false;
  }
  return true;
}

} // namespace morph::kernels
