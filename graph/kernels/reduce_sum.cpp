#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/fold.hpp>

#include <type_traits>

namespace morph::kernels {

namespace {

template <class T>
struct sum_fold {
  using state
    = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;

  static state start() {
    return 0;
  }

  static state step(state acc, T x) {
    return acc + static_cast<state>(x);
  }

  static state join(state a, state b) {
    return a + b;
  }
};

} // namespace

result<size_t> resolve_axis(int64_t axis, size_t rank) {
  auto n = static_cast<int64_t>(rank);
  if (axis < -n || axis >= n)
    return fail(errc::invalid_attribute,
                "there is no axis " + std::to_string(axis)
                  + " in a tensor of rank " + std::to_string(rank));
  return static_cast<size_t>(axis < 0 ? axis + n : axis);
}

result<axis_set> resolve_axes(std::span<const int64_t> axes, size_t rank) {
  axis_set out{};
  if (axes.empty())
    std::fill_n(out.begin(), rank, true);
  for (auto x : axes) {
    auto axis = resolve_axis(x, rank);
    if (!axis)
      return fail(std::move(axis.error()));
    if (out[*axis])
      return fail(errc::invalid_attribute,
                  "axis " + std::to_string(x) + " is named twice");
    out[*axis] = true;
  }
  return out;
}

shape reduced_shape(const shape& s, const axis_set& axes, bool keepdims) {
  shape out;
  for (size_t d = 0; d < s.rank(); ++d)
    if (!axes[d])
      out.push_back(s[d]);
    else if (keepdims)
      out.push_back(1);
  return out;
}

axis_set repeated_axes(const shape& from, const shape& to) noexcept {
  axis_set out{};
  auto lead = to.rank() - from.rank();
  for (size_t d = 0; d < to.rank(); ++d)
    out[d] = d < lead || (from[d - lead] == 1 && to[d] != 1);
  return out;
}

int64_t folded_count(const shape& s, const axis_set& axes) noexcept {
  int64_t n = 1;
  for (size_t d = 0; d < s.rank(); ++d)
    if (axes[d])
      n *= s[d];
  return n;
}

result<tensor> sum(const tensor& x, const axis_set& axes, bool keepdims) {
  return sum(x, axes, reduced_shape(x.shape(), axes, keepdims));
}

result<tensor> sum(const tensor& x, const axis_set& axes, const shape& s) {
  if (x.type() == boolean)
    return fail(undefined_for(boolean));
  auto out = tensor::uninitialised(x.type(), s);
  visit_dtype(x.type(), [&](auto zero) {
    using type = decltype(zero);
    if constexpr (!std::is_same_v<type, bool>)
      fold_tensor<sum_fold<type>>(x.data<type>(), x.shape(), axes,
                                  out.mutable_data<type>(), [](auto acc) {
                                    return static_cast<type>(acc);
                                  });
  });
  return out;
}

result<tensor> mean(const tensor& x, const axis_set& axes, bool keepdims) {
  if (!is_floating(x.type()))
    return fail(undefined_for(x.type()));
  auto out
    = tensor::uninitialised(x.type(), reduced_shape(x.shape(), axes, keepdims));
  auto count = static_cast<double>(folded_count(x.shape(), axes));
  visit_dtype(x.type(), [&](auto zero) {
    using type = decltype(zero);
    if constexpr (std::is_floating_point_v<type>)
      fold_tensor<sum_fold<type>>(x.data<type>(), x.shape(), axes,
                                  out.mutable_data<type>(), [&](auto acc) {
                                    return static_cast<type>(acc / count);
                                  });
  });
  return out;
}

} // namespace morph::kernels
