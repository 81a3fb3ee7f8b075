#include <morph/graph/kernels/fold.hpp>

#include <limits>

namespace morph::kernels {

namespace {

// True if `x` displaces `best`. A NaN displaces any number and is displaced by
// nothing.
struct larger {
  template <class T>
  static bool beats(T x, T best) {
    return x > best || (x != x && best == best);
  }

  template <class T>
  static constexpr T worst
    = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                           : std::numeric_limits<T>::lowest();
};

struct smaller {
  template <class T>
  static bool beats(T x, T best) {
    return x < best || (x != x && best == best);
  }

  template <class T>
  static constexpr T worst
    = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                           : std::numeric_limits<T>::max();
};

template <class Order, class T>
struct extreme_fold {
  using state = T;

  static T start() {
    return Order::template worst<T>;
  }

  static T step(T acc, T x) {
    return Order::beats(x, acc) ? x : acc;
  }

  static T join(T a, T b) {
    return step(a, b);
  }
};

error no_elements(const shape& s) {
  return {errc::shape_mismatch,
          "no elements to choose from in a tensor of "
          "shape "
            + to_string(s)};
}

template <class Order>
result<tensor> extreme(const tensor& x, const axis_set& axes, bool keepdims) {
  auto out
    = tensor::uninitialised(x.type(), reduced_shape(x.shape(), axes, keepdims));
  if (out.elements() > 0 && x.elements() == 0)
    return fail(no_elements(x.shape()));
  visit_dtype(x.type(), [&](auto zero) {
    using type = decltype(zero);
    fold_tensor<extreme_fold<Order, type>>(x.data<type>(), x.shape(), axes,
                                           out.mutable_data<type>(),
                                           [](type acc) { return acc; });
  });
  return out;
}

template <class Order>
result<tensor> position(const tensor& x, size_t axis) {
  auto& s = x.shape();
  axis_set axes{};
  axes[axis] = true;
  auto out = tensor::uninitialised(i64, reduced_shape(s, axes, false));
  if (out.elements() > 0 && x.elements() == 0)
    return fail(no_elements(s));
  int64_t inner = 1;
  for (size_t d = axis + 1; d < s.rank(); ++d)
    inner *= s[d];
  visit_dtype(x.type(), [&](auto zero) {
    using type = decltype(zero);
    auto* best = out.mutable_data<int64_t>();
    for (int64_t i = 0, n = out.elements(); i < n; ++i) {
      auto* line = x.data<type>() + i / inner * inner * s[axis] + i % inner;
      best[i] = 0;
      for (int64_t j = 1; j < s[axis]; ++j)
        if (Order::beats(line[j * inner], line[best[i] * inner]))
          best[i] = j;
    }
  });
  return out;
}

} // namespace

result<tensor> max(const tensor& x, const axis_set& axes, bool keepdims) {
  return extreme<larger>(x, axes, keepdims);
}

result<tensor> min(const tensor& x, const axis_set& axes, bool keepdims) {
  return extreme<smaller>(x, axes, keepdims);
}

result<tensor> argmax(const tensor& x, size_t axis) {
  return position<larger>(x, axis);
}

result<tensor> argmin(const tensor& x, size_t axis) {
  return position<smaller>(x, axis);
}

} // namespace morph::kernels
