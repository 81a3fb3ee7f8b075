// Loops whose results are truth values.
#include <morph/graph/kernels/elementwise.hpp>

namespace morph::kernels {

namespace {

struct less_f {
  template <class T>
  static bool apply(T a, T b) {
    return a < b;
  }
};

struct less_equal_f {
  template <class T>
  static bool apply(T a, T b) {
    return a <= b;
  }
};

struct greater_f {
  template <class T>
  static bool apply(T a, T b) {
    return a > b;
  }
};

struct greater_equal_f {
  template <class T>
  static bool apply(T a, T b) {
    return a >= b;
  }
};

struct equal_f {
  template <class T>
  static bool apply(T a, T b) {
    return a == b;
  }
};

struct not_equal_f {
  template <class T>
  static bool apply(T a, T b) {
    return a != b;
  }
};

struct and_f {
  static bool apply(bool a, bool b) {
    return a && b;
  }
};

struct or_f {
  static bool apply(bool a, bool b) {
    return a || b;
  }
};

struct not_f {
  static bool apply(bool a) {
    return !a;
  }
};

template <class F>
constexpr binary_op compares{
  binary_loops<F, float, double, int32_t, int64_t, uint8_t, bool>(), true};

} // namespace

constinit const binary_op less = compares<less_f>;
constinit const binary_op less_equal = compares<less_equal_f>;
constinit const binary_op greater = compares<greater_f>;
constinit const binary_op greater_equal = compares<greater_equal_f>;
constinit const binary_op equal = compares<equal_f>;
constinit const binary_op not_equal = compares<not_equal_f>;

constinit const binary_op logical_and{binary_loops<and_f, bool>(), true};
constinit const binary_op logical_or{binary_loops<or_f, bool>(), true};
constinit const unary_op logical_not{unary_loops<not_f, bool>()};

} // namespace morph::kernels
