// Loops that are defined on numbers of every type.
#include <morph/graph/kernels/elementwise.hpp>

#include <cmath>
#include <type_traits>

namespace morph::kernels {

namespace {

// Arithmetic on integers is modular: signed overflow would be undefined.
template <class T>
using modular = std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>,
                                   std::type_identity<T>>::type;

struct add_f {
  template <class T>
  static T apply(T a, T b) {
    return static_cast<T>(static_cast<modular<T>>(a)
                          + static_cast<modular<T>>(b));
  }
};

struct sub_f {
  template <class T>
  static T apply(T a, T b) {
    return static_cast<T>(static_cast<modular<T>>(a)
                          - static_cast<modular<T>>(b));
  }
};

struct mul_f {
  template <class T>
  static T apply(T a, T b) {
    return static_cast<T>(static_cast<modular<T>>(a)
                          * static_cast<modular<T>>(b));
  }
};

// Derivative rules multiply cotangents by derivatives that may be infinite
// where the cotangent is zero.
struct mul_no_nan_f {
  template <class T>
  static T apply(T a, T b) {
    return a == 0 || b == 0 ? T{0} : a * b;
  }
};

struct neg_f {
  template <class T>
  static T apply(T a) {
    if constexpr (std::is_integral_v<T>)
      return sub_f::apply(T{0}, a);
    else
      return -a;
  }
};

struct div_f {
  template <class T>
  static T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return a / b;
    else if (b == 0)
      return 0;
    else if (std::is_signed_v<T> && b == static_cast<T>(-1))
      return neg_f::apply(a);
    else
      return static_cast<T>(a / b);
  }
};

struct pow_f {
  template <class T>
  static T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::pow(a, b);
    } else {
      if (std::is_signed_v<T> && b < 0) {
        // Truncates towards zero: only 1 and -1 have an integer inverse.
        if (a == 1 || (a == static_cast<T>(-1) && b % 2 == 0))
          return 1;
        return a == static_cast<T>(-1) ? a : T{0};
      }
      T out = 1;
      for (auto n = static_cast<std::make_unsigned_t<T>>(b); n > 0;
           n = static_cast<std::make_unsigned_t<T>>(n >> 1)) {
        if (n & 1)
          out = mul_f::apply(out, a);
        a = mul_f::apply(a, a);
      }
      return out;
    }
  }
};

// A NaN on either side wins: `a != a` finds it on the left, the comparison
// fails for one on the right.
struct minimum_f {
  template <class T>
  static T apply(T a, T b) {
    return a != a || a < b ? a : b;
  }
};

struct maximum_f {
  template <class T>
  static T apply(T a, T b) {
    return a != a || a > b ? a : b;
  }
};

struct square_f {
  template <class T>
  static T apply(T a) {
    return mul_f::apply(a, a);
  }
};

struct relu_f {
  template <class T>
  static T apply(T a) {
    return a < 0 ? T{0} : a;
  }
};

struct abs_f {
  template <class T>
  static T apply(T a) {
    if constexpr (std::is_floating_point_v<T>)
      return std::fabs(a);
    else
      return a < 0 ? neg_f::apply(a) : a;
  }
};

struct sign_f {
  template <class T>
  static T apply(T a) {
    if (a != a)
      return a;
    return static_cast<T>((a > 0) - (a < 0));
  }
};

template <class F>
constexpr binary_op on_numbers{
  binary_loops<F, float, double, int32_t, int64_t, uint8_t>()};

template <class F>
constexpr unary_op each_number{
  unary_loops<F, float, double, int32_t, int64_t, uint8_t>()};

} // namespace

constinit const binary_op add = on_numbers<add_f>;
constinit const binary_op sub = on_numbers<sub_f>;
constinit const binary_op mul = on_numbers<mul_f>;
constinit const binary_op mul_no_nan{
  binary_loops<mul_no_nan_f, float, double>()};
constinit const binary_op div = on_numbers<div_f>;
constinit const binary_op pow = on_numbers<pow_f>;
constinit const binary_op minimum = on_numbers<minimum_f>;
constinit const binary_op maximum = on_numbers<maximum_f>;

constinit const unary_op neg = each_number<neg_f>;
constinit const unary_op square = each_number<square_f>;
constinit const unary_op relu = each_number<relu_f>;
constinit const unary_op abs = each_number<abs_f>;
constinit const unary_op sign = each_number<sign_f>;

} // namespace morph::kernels
