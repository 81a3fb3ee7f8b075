#include <morph/graph/kernels/window.hpp>

namespace morph::kernels {

result<int64_t> positions(int64_t extent, int64_t size, const window& w) {
  if (extent == dyn || size == dyn)
    return dyn;
  if (extent == 0 || extent + 2 * w.padding < size)
    return fail(errc::shape_mismatch,
                "a window of extent " + std::to_string(size)
                  + " does not fit into extent " + std::to_string(extent)
                  + " with padding " + std::to_string(w.padding));
  return (extent + 2 * w.padding - size) / w.stride + 1;
}

result<void> check_window(const window& w) {
  constexpr int64_t most = int64_t{1} << 24;
  auto sane = [](int64_t x, int64_t least) { return x >= least && x <= most; };
  if (!sane(w.stride, 1) || !sane(w.padding, 0))
    return fail(errc::invalid_attribute,
                "stride is at least 1 and padding at least 0, not "
                  + std::to_string(w.stride) + " and "
                  + std::to_string(w.padding));
  if (!sane(w.rows, 1) || !sane(w.columns, 1))
    return fail(errc::invalid_attribute, "a window is at least 1 by 1, not "
                                           + std::to_string(w.rows) + " by "
                                           + std::to_string(w.columns));
  return {};
}

} // namespace morph::kernels
