#include <morph/graph/kernels/blas.hpp>
#include <morph/graph/kernels/conv.hpp>
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/floating.hpp>
#include <morph/graph/kernels/matmul.hpp>

#include <algorithm>

namespace morph::kernels {

namespace {

/// All extents of one convolution.
struct extents {
  int64_t images, channels, height, width;
  int64_t filters, out_height, out_width;
  window w;

  extents(const shape& x, const shape& f, const shape& out, const window& v)
    : images(x[0]), channels(x[1]), height(x[2]), width(x[3]), filters(f[0]),
      out_height(out[2]), out_width(out[3]), w(v) {
    w.rows = f[2];
    w.columns = f[3];
  }

  int64_t image() const {
    return channels * height * width;
  }

  int64_t patch() const {
    return channels * w.rows * w.columns;
  }

  int64_t places() const {
    return out_height * out_width;
  }

  /// True if patches are the image itself.
  bool pointwise() const {
    return w.rows == 1 && w.columns == 1 && w.stride == 1 && w.padding == 0;
  }
};

/// One row of the patch matrix [patch, places]: the elements first .. last - 1
/// come from image[from + x * stride], the others are padding.
struct patch_row {
  int64_t at;
  int64_t from;
  int64_t first;
  int64_t last;
};

/// Calls `f(patch_row)` for each filter element and row of the result.
template <class F>
void for_each_patch_row(const extents& e, F f) {
  auto& w = e.w;
  // The first x for which x * stride is at least n, within the result.
  auto reach = [&](int64_t n) {
    return std::clamp<int64_t>((n + w.stride - 1) / w.stride, 0, e.out_width);
  };
  patch_row out{};
  for (int64_t c = 0; c < e.channels; ++c)
    for (int64_t i = 0; i < w.rows; ++i)
      for (int64_t j = 0; j < w.columns; ++j)
        for (int64_t y = 0; y < e.out_height; ++y) {
          auto row = y * w.stride - w.padding + i;
          auto inside = row >= 0 && row < e.height;
          out.first = inside ? reach(std::max<int64_t>(w.padding - j, 0)) : 0;
          out.last
            = inside
                ? std::max(out.first,
                           reach(std::max<int64_t>(e.width + w.padding - j, 0)))
                : 0;
          out.from = (c * e.height + row) * e.width - w.padding + j;
          f(out);
          out.at += e.out_width;
        }
}

template <class T>
void image_to_patches(const extents& e, const T* image, T* patches) {
  for_each_patch_row(e, [&](const patch_row& row) {
    auto* to = patches + row.at;
    std::fill(to, to + row.first, T{0});
    for (auto x = row.first; x < row.last; ++x)
      to[x] = image[row.from + x * e.w.stride];
    std::fill(to + row.last, to + e.out_width, T{0});
  });
}

template <class T>
void add_patches_to_image(const extents& e, const T* patches, T* image) {
  for_each_patch_row(e, [&](const patch_row& row) {
    for (auto x = row.first; x < row.last; ++x)
      image[row.from + x * e.w.stride] += patches[row.at + x];
  });
}

result<void> check_types(const tensor& a, const tensor& b) {
  if (a.type() != b.type())
    return fail(mixed_types(a.type(), b.type()));
  if (!is_floating(a.type()))
    return fail(undefined_for(a.type()));
  return {};
}

/// Checks the types and the shape of a cotangent.
result<extents> check_grad(const tensor& g, const tensor& other, const shape& x,
                           const shape& filters, const window& w) {
  if (auto ok = check_types(g, other); !ok)
    return fail(std::move(ok.error()));
  auto s = conv_shape(x, filters, w);
  if (!s)
    return fail(std::move(s.error()));
  if (!(*s == g.shape()))
    return fail(errc::shape_mismatch,
                "the cotangent of a convolution needs "
                "shape "
                  + to_string(*s) + ", not " + to_string(g.shape()));
  return extents{x, filters, *s, w};
}

tensor patch_matrix(dtype t, const extents& e) {
  return tensor::uninitialised(t, {e.pointwise() ? 0 : e.patch(), e.places()});
}

} // namespace

result<shape> conv_shape(const shape& x, const shape& filters, window w) {
  if (x.rank() != 4 || filters.rank() != 4)
    return fail(errc::shape_mismatch,
                "images and filters have four axes, not shapes " + to_string(x)
                  + " and " + to_string(filters));
  if (x[1] != filters[1] && x[1] != dyn && filters[1] != dyn)
    return fail(errc::shape_mismatch, "images have " + std::to_string(x[1])
                                        + " channels, filters have "
                                        + std::to_string(filters[1]));
  if (filters[2] != dyn)
    w.rows = filters[2];
  if (filters[3] != dyn)
    w.columns = filters[3];
  if (auto ok = check_window(w); !ok)
    return fail(std::move(ok.error()));
  auto rows = positions(x[2], filters[2], w);
  auto columns = positions(x[3], filters[3], w);
  if (!rows || !columns)
    return fail(rows ? columns.error() : rows.error());
  shape out{x[0], filters[0], *rows, *columns};
  if (out.is_static() && filters.is_static()
      && !blas::fits(out[2] * out[3], filters[1] * filters[2] * filters[3]))
    return fail(errc::allocation_too_large,
                "a convolution exceeds what BLAS can address");
  return out;
}

result<tensor> conv2d(const tensor& x, const tensor& filters, const window& w) {
  if (auto ok = check_types(x, filters); !ok)
    return fail(std::move(ok.error()));
  auto s = conv_shape(x.shape(), filters.shape(), w);
  if (!s)
    return fail(std::move(s.error()));
  extents e{x.shape(), filters.shape(), *s, w};
  auto out = tensor::uninitialised(x.type(), *s);
  auto patches = patch_matrix(x.type(), e);
  visit_floating(x.type(), [&](auto zero) {
    using type = decltype(zero);
    for (int64_t i = 0; i < e.images; ++i) {
      auto* image = x.data<type>() + i * e.image();
      if (!e.pointwise())
        image_to_patches(e, image, patches.mutable_data<type>());
      multiply(false, false, e.filters, e.places(), e.patch(),
               filters.data<type>(),
               e.pointwise() ? image : patches.data<type>(),
               out.mutable_data<type>() + i * e.filters * e.places());
    }
  });
  return out;
}

result<tensor> conv2d_input_grad(const tensor& g, const tensor& filters,
                                 const shape& x, const window& w) {
  auto checked = check_grad(g, filters, x, filters.shape(), w);
  if (!checked)
    return fail(std::move(checked.error()));
  auto& e = *checked;
  auto out = tensor::zeros(g.type(), x);
  auto patches = patch_matrix(g.type(), e);
  visit_floating(g.type(), [&](auto zero) {
    using type = decltype(zero);
    for (int64_t i = 0; i < e.images; ++i) {
      auto* image = out.mutable_data<type>() + i * e.image();
      multiply(true, false, e.patch(), e.places(), e.filters,
               filters.data<type>(),
               g.data<type>() + i * e.filters * e.places(),
               e.pointwise() ? image : patches.mutable_data<type>());
      if (!e.pointwise())
        add_patches_to_image(e, patches.data<type>(), image);
    }
  });
  return out;
}

result<tensor> conv2d_weight_grad(const tensor& g, const tensor& x,
                                  const shape& filters, const window& w) {
  auto checked = check_grad(g, x, x.shape(), filters, w);
  if (!checked)
    return fail(std::move(checked.error()));
  auto& e = *checked;
  auto out = tensor::zeros(g.type(), filters);
  auto patches = patch_matrix(g.type(), e);
  visit_floating(g.type(), [&](auto zero) {
    using type = decltype(zero);
    for (int64_t i = 0; i < e.images; ++i) {
      auto* image = x.data<type>() + i * e.image();
      if (!e.pointwise())
        image_to_patches(e, image, patches.mutable_data<type>());
      multiply(false, true, e.filters, e.patch(), e.places(),
               g.data<type>() + i * e.filters * e.places(),
               e.pointwise() ? image : patches.data<type>(),
               out.mutable_data<type>(), true);
    }
  });
  return out;
}

} // namespace morph::kernels
