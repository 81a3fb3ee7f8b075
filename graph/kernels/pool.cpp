#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/floating.hpp>
#include <morph/graph/kernels/pool.hpp>

namespace morph::kernels {

namespace {

/// Calls `f(position in the result, offset of the window's corner, rows,
/// columns)` for each window; the parts are those inside of the image.
template <class F>
void for_each_window(const shape& x, const shape& out, const window& w, F f) {
  auto planes = x[0] * x[1];
  int64_t at = 0;
  for (int64_t plane = 0; plane < planes; ++plane)
    for (int64_t i = 0; i < out[2]; ++i)
      for (int64_t j = 0; j < out[3]; ++j, ++at) {
        auto row = i * w.stride - w.padding;
        auto column = j * w.stride - w.padding;
        window_part rows{row, w.rows, x[2]};
        window_part columns{column, w.columns, x[3]};
        auto corner = (plane * x[2] + row) * x[3] + column;
        f(at, corner, rows, columns);
      }
}

/// Offset of the first maximum of a window.
template <class T>
int64_t find_maximum(const T* x, int64_t corner, int64_t width,
                     const window_part& rows, const window_part& columns) {
  auto best = corner + rows.first * width + columns.first;
  for (auto k = rows.first; k < rows.last; ++k)
    for (auto l = columns.first; l < columns.last; ++l) {
      auto at = corner + k * width + l;
      if (x[at] > x[best] || (x[at] != x[at] && x[best] == x[best]))
        best = at;
    }
  return best;
}

result<shape> checked_shape(const tensor& x, const window& w) {
  if (!is_floating(x.type()))
    return fail(undefined_for(x.type()));
  return pool_shape(x.shape(), w);
}

result<void> check_like(const shape& want, const tensor& other, dtype t) {
  if (other.type() != t)
    return fail(mixed_types(t, other.type()));
  if (!(other.shape() == want))
    return fail(errc::shape_mismatch, "needs shape " + to_string(want)
                                        + ", not " + to_string(other.shape()));
  return {};
}

} // namespace

result<shape> pool_shape(const shape& x, const window& w) {
  if (x.rank() != 4)
    return fail(errc::shape_mismatch,
                "images have four axes, not shape " + to_string(x));
  if (auto ok = check_window(w); !ok)
    return fail(std::move(ok.error()));
  if (w.padding >= w.rows || w.padding >= w.columns)
    return fail(errc::invalid_attribute, "padding of "
                                           + std::to_string(w.padding)
                                           + " fills a whole window");
  auto rows = positions(x[2], w.rows, w);
  auto columns = positions(x[3], w.columns, w);
  if (!rows || !columns)
    return fail(rows ? columns.error() : rows.error());
  return shape{x[0], x[1], *rows, *columns};
}

result<tensor> max_pool2d(const tensor& x, const window& w) {
  return max_pool2d_pick(x, x, w);
}

result<tensor> max_pool2d_pick(const tensor& x, const tensor& t,
                               const window& w) {
  auto s = checked_shape(x, w);
  if (!s)
    return fail(std::move(s.error()));
  if (auto ok = check_like(x.shape(), t, x.type()); !ok)
    return fail(std::move(ok.error()));
  auto out = tensor::uninitialised(x.type(), *s);
  visit_floating(x.type(), [&](auto zero) {
    using type = decltype(zero);
    for_each_window(x.shape(), *s, w,
                    [&](int64_t at, int64_t corner, auto& rows, auto& columns) {
                      auto best = find_maximum(x.data<type>(), corner,
                                               x.shape()[3], rows, columns);
                      out.mutable_data<type>()[at] = t.data<type>()[best];
                    });
  });
  return out;
}

result<tensor> max_pool2d_grad(const tensor& x, const tensor& g,
                               const window& w) {
  auto s = checked_shape(x, w);
  if (!s)
    return fail(std::move(s.error()));
  if (auto ok = check_like(*s, g, x.type()); !ok)
    return fail(std::move(ok.error()));
  auto out = tensor::zeros(x.type(), x.shape());
  visit_floating(x.type(), [&](auto zero) {
    using type = decltype(zero);
    for_each_window(x.shape(), *s, w,
                    [&](int64_t at, int64_t corner, auto& rows, auto& columns) {
                      auto best = find_maximum(x.data<type>(), corner,
                                               x.shape()[3], rows, columns);
                      out.mutable_data<type>()[best] += g.data<type>()[at];
                    });
  });
  return out;
}

result<tensor> avg_pool2d(const tensor& x, const window& w) {
  auto s = checked_shape(x, w);
  if (!s)
    return fail(std::move(s.error()));
  auto out = tensor::uninitialised(x.type(), *s);
  auto count = static_cast<double>(w.rows * w.columns);
  auto width = x.shape()[3];
  visit_floating(x.type(), [&](auto zero) {
    using type = decltype(zero);
    for_each_window(
      x.shape(), *s, w,
      [&](int64_t at, int64_t corner, auto& rows, auto& columns) {
        double sum = 0;
        for (auto k = rows.first; k < rows.last; ++k)
          for (auto l = columns.first; l < columns.last; ++l)
            sum += static_cast<double>(x.data<type>()[corner + k * width + l]);
        out.mutable_data<type>()[at] = static_cast<type>(sum / count);
      });
  });
  return out;
}

result<tensor> avg_pool2d_grad(const tensor& g, const shape& x,
                               const window& w) {
  auto s = pool_shape(x, w);
  if (!s)
    return fail(std::move(s.error()));
  if (!is_floating(g.type()))
    return fail(undefined_for(g.type()));
  if (auto ok = check_like(*s, g, g.type()); !ok)
    return fail(std::move(ok.error()));
  auto out = tensor::zeros(g.type(), x);
  visit_floating(g.type(), [&](auto zero) {
    using type = decltype(zero);
    auto count = static_cast<type>(w.rows * w.columns);
    for_each_window(
      x, *s, w, [&](int64_t at, int64_t corner, auto& rows, auto& columns) {
        auto share = g.data<type>()[at] / count;
        for (auto k = rows.first; k < rows.last; ++k)
          for (auto l = columns.first; l < columns.last; ++l)
            out.mutable_data<type>()[corner + k * x[3] + l] += share;
      });
  });
  return out;
}

} // namespace morph::kernels
