// Loops of functions on floating types.
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/exponential.hpp>

#include <cmath>
#include <numbers>

namespace morph::kernels {

namespace {

struct exp_f {
  template <class T>
  static T apply(T x) {
    return exponential(x);
  }
};

struct log_f {
  template <class T>
  static T apply(T x) {
    return std::log(x);
  }
};

struct sqrt_f {
  template <class T>
  static T apply(T x) {
    return std::sqrt(x);
  }
};

struct rsqrt_f {
  template <class T>
  static T apply(T x) {
    return T{1} / std::sqrt(x);
  }
};

struct reciprocal_f {
  template <class T>
  static T apply(T x) {
    return T{1} / x;
  }
};

struct tanh_f {
  template <class T>
  static T apply(T x) {
    return hyperbolic_tangent(x);
  }
};

// The exponential of a negative number cannot overflow.
struct sigmoid_f {
  template <class T>
  static T apply(T x) {
    auto e = exponential(-std::fabs(x));
    return (x < 0 ? e : T{1}) / (T{1} + e);
  }
};

// Through erfc, which keeps its precision where 1 + erf cancels; the product
// at -inf would be NaN.
struct gelu_f {
  template <class T>
  static T apply(T x) {
    constexpr auto scale = static_cast<T>(1 / std::numbers::sqrt2);
    auto tail = std::erfc(-x * scale);
    return tail == 0 ? T{0} : x * (T{0.5} * tail);
  }
};

struct sin_f {
  template <class T>
  static T apply(T x) {
    return std::sin(x);
  }
};

struct cos_f {
  template <class T>
  static T apply(T x) {
    return std::cos(x);
  }
};

struct log1p_f {
  template <class T>
  static T apply(T x) {
    return std::log1p(x);
  }
};

struct expm1_f {
  template <class T>
  static T apply(T x) {
    return std::expm1(x);
  }
};

struct erf_f {
  template <class T>
  static T apply(T x) {
    return std::erf(x);
  }
};

struct floor_f {
  template <class T>
  static T apply(T x) {
    return std::floor(x);
  }
};

template <class F>
constexpr unary_op on_reals{unary_loops<F, float, double>()};

} // namespace

constinit const unary_op exp = on_reals<exp_f>;
constinit const unary_op log = on_reals<log_f>;
constinit const unary_op sqrt = on_reals<sqrt_f>;
constinit const unary_op rsqrt = on_reals<rsqrt_f>;
constinit const unary_op reciprocal = on_reals<reciprocal_f>;
constinit const unary_op tanh = on_reals<tanh_f>;
constinit const unary_op sigmoid = on_reals<sigmoid_f>;
constinit const unary_op gelu = on_reals<gelu_f>;
constinit const unary_op sin = on_reals<sin_f>;
constinit const unary_op cos = on_reals<cos_f>;
constinit const unary_op log1p = on_reals<log1p_f>;
constinit const unary_op expm1 = on_reals<expm1_f>;
constinit const unary_op erf = on_reals<erf_f>;
constinit const unary_op floor = on_reals<floor_f>;

} // namespace morph::kernels
