// Geometry of square windows that slide over images [batch, channel, row,
// column]: where they lie, and how many there are.
//
// Thread-safety: plain values and pure functions.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/shape.hpp>

namespace morph::kernels {

struct window {
  int64_t rows = 1;
  int64_t columns = 1;
  int64_t stride = 1;
  int64_t padding = 0;
};

/// Number of window positions along an axis; `dyn` for a dynamic extent.
/// MM0107 if the padded axis is shorter than the window.
result<int64_t> positions(int64_t extent, int64_t size, const window& w);

/// MM0108 for a stride or size below 1, a negative padding, or numbers beyond
/// 2^24, which no image needs and which keep products in range.
result<void> check_window(const window& w);

/// Positions k of a window of `size` that begins at `begin` for which begin + k
/// is in 0 .. extent - 1.
struct window_part {
  int64_t first;
  int64_t last; ///< One past.

  window_part(int64_t begin, int64_t size, int64_t extent) noexcept
    : first(begin < 0 ? -begin : 0),
      last(begin + size > extent ? extent - begin : size) {
    // nop
  }
};

} // namespace morph::kernels
