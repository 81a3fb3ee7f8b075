#include <morph/graph/ops/shapes.hpp>

#include <algorithm>

namespace morph::ops {

bool compatible(const shape& a, const shape& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](int64_t x, int64_t y) {
                      return x == y || x == dyn || y == dyn;
                    });
}

result<shape> unified(const shape& a, const shape& b, std::string_view what) {
  if (!compatible(a, b))
    return fail(errc::shape_mismatch, std::string{what} + " need equal shapes, "
                                        "not "
                                        + to_string(a) + " and "
                                        + to_string(b));
  auto out = a;
  for (size_t d = 0; d < a.rank(); ++d)
    if (out[d] == dyn)
      out[d] = b[d];
  return out;
}

result<int64_t> element_count(const shape& s) {
  if (std::find(s.begin(), s.end(), 0) != s.end())
    return 0;
  if (!s.is_static())
    return dyn;
  int64_t n = 1;
  for (auto extent : s)
    if (__builtin_mul_overflow(n, extent, &n))
      return fail(errc::allocation_too_large,
                  "shape " + to_string(s) + " has too many elements");
  return n;
}

result<shape> reshaped(const shape& from, const shape& to) {
  auto mismatch = [&] {
    return fail(errc::shape_mismatch, "cannot reshape " + to_string(from)
                                        + " to " + to_string(to)
                                        + ": the numbers of elements differ");
  };
  auto have = element_count(from);
  if (!have)
    return have.map([](int64_t) { return shape{}; });
  auto unknown = std::count(to.begin(), to.end(), dyn);
  if (unknown > 1)
    return fail(errc::invalid_attribute, "only one extent can be worked out, "
                                           + to_string(to) + " leaves "
                                           + std::to_string(unknown) + " open");
  auto out = to;
  auto* open = std::find(out.begin(), out.end(), dyn);
  auto axis = static_cast<size_t>(open - out.begin());
  if (unknown == 1)
    out[axis] = 1;
  auto known = element_count(out);
  if (!known)
    return known.map([](int64_t) { return shape{}; });
  if (*have == dyn)
    return to;
  if (unknown == 0) {
    if (*have != *known)
      return mismatch();
    return out;
  }
  if (*known == 0 || *have % *known != 0)
    return mismatch();
  out[axis] = *have / *known;
  return out;
}

} // namespace morph::ops
