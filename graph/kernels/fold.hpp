// The loops that all reductions over sets of axes share. `Fold` names the
// accumulator and how elements enter it:
//   using state = ...;
//   static state start();
//   static state step(state, T);      // one element
//   static state join(state, state);  // two parts
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/kernels/reduce.hpp>
#include <morph/graph/kernels/walk.hpp>

#include <algorithm>
#include <array>

namespace morph::kernels {

/// Folds `n` adjacent elements: eight lanes, and halves where there are many.
template <class Fold, class T>
typename Fold::state fold_run(const T* x, int64_t n) {
  constexpr int64_t lanes = 8;
  constexpr int64_t longest = 2048;
  if (n > longest) {
    auto half = n / 2 / lanes * lanes;
    return Fold::join(fold_run<Fold>(x, half),
                      fold_run<Fold>(x + half, n - half));
  }
  std::array<typename Fold::state, lanes> acc;
  acc.fill(Fold::start());
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int64_t k = 0; k < lanes; ++k)
      acc[k] = Fold::step(acc[k], x[i + k]);
  for (int64_t k = 0; i + k < n; ++k)
    acc[k] = Fold::step(acc[k], x[i + k]);
  for (auto width = lanes / 2; width > 0; width /= 2)
    for (int64_t k = 0; k < width; ++k)
      acc[k] = Fold::join(acc[k], acc[k + width]);
  return acc[0];
}

/// The axes of a tensor apart: those that stay and those that are folded, each
/// as a box with the strides of the tensor.
struct fold_axes {
  shape kept;
  shape folded;
  stride_list kept_strides{};
  stride_list folded_strides{};

  fold_axes(const shape& s, const axis_set& axes) {
    auto dense = dense_strides(s);
    for (size_t d = 0; d < s.rank(); ++d) {
      auto& strides = axes[d] ? folded_strides : kept_strides;
      auto& box = axes[d] ? folded : kept;
      strides[box.rank()] = dense[d];
      box.push_back(s[d]);
    }
  }
};

/// Folds the axes of a tensor. `finish(state)` makes the result element.
template <class Fold, class T, class R, class Finish>
void fold_tensor(const T* x, const shape& s, const axis_set& axes, R* out,
                 Finish finish) {
  fold_axes parts{s, axes};
  walk<1> kept{parts.kept, {parts.kept_strides}};
  walk<1> folded{parts.folded, {parts.folded_strides}};
  // Along adjacent results whole runs are folded at once, tile by tile.
  constexpr int64_t tile = 256;
  kept.for_each_row([&](int64_t row, auto& at, int64_t n) {
    if (kept.step(0) == 1) {
      std::array<typename Fold::state, tile> acc;
      for (int64_t begin = 0; begin < n; begin += tile) {
        auto width = std::min(tile, n - begin);
        auto* base = x + at[0] + begin;
        std::fill_n(acc.begin(), width, Fold::start());
        folded.for_each_row([&](int64_t, auto& from, int64_t m) {
          for (int64_t i = 0; i < m; ++i) {
            auto* line = base + from[0] + i * folded.step(0);
            for (int64_t j = 0; j < width; ++j)
              acc[j] = Fold::step(acc[j], line[j]);
          }
        });
        for (int64_t j = 0; j < width; ++j)
          out[row + begin + j] = finish(acc[j]);
      }
      return;
    }
    for (int64_t j = 0; j < n; ++j) {
      auto* base = x + at[0] + j * kept.step(0);
      auto acc = Fold::start();
      folded.for_each_row([&](int64_t, auto& from, int64_t m) {
        if (folded.step(0) == 1) {
          acc = Fold::join(acc, fold_run<Fold>(base + from[0], m));
        } else {
          for (int64_t i = 0; i < m; ++i)
            acc = Fold::step(acc, base[from[0] + i * folded.step(0)]);
        }
      });
      out[row + j] = finish(acc);
    }
  });
}

} // namespace morph::kernels
