// Elementwise kernels: tables of loops and the two functions that run them
// over whole tensors, with broadcasting.
//
// Thread-safety: pure functions and constants.
#pragma once

#include <morph/graph/kernels/loops.hpp>
#include <morph/graph/tensor.hpp>

namespace morph::kernels {

struct unary_op {
  by_dtype<unary_loop> loops;
};

struct binary_op {
  by_dtype<binary_loop> loops;
  bool gives_bool = false; ///< Else the element type of the operands.
};

/// Applies to each element. MM0105 if the op has no loop for the type.
result<tensor> run(const unary_op& f, const tensor& x);

/// Applies to pairs of elements of equal type. MM0105 for other types, MM0107
/// if the shapes do not broadcast.
result<tensor> run(const binary_op& f, const tensor& a, const tensor& b);

/// Picks from `a` where `condition` holds, else from `b`.
result<tensor> select(const tensor& condition, const tensor& a,
                      const tensor& b);

/// Converts each element; see `cast` in build/elementwise.hpp.
tensor convert(const tensor& x, dtype t);

/// The error of an op that has no loop for `t`.
error undefined_for(dtype t);

/// The error of operands of different element types.
error mixed_types(dtype a, dtype b);

// Integers wrap around at the limits of their type.
extern const binary_op add;
extern const binary_op sub;
extern const binary_op mul;
extern const binary_op mul_no_nan;
extern const binary_op div;
extern const binary_op pow;
extern const binary_op minimum;
extern const binary_op maximum;

extern const binary_op less;
extern const binary_op less_equal;
extern const binary_op greater;
extern const binary_op greater_equal;
extern const binary_op equal;
extern const binary_op not_equal;
extern const binary_op logical_and;
extern const binary_op logical_or;
extern const unary_op logical_not;

extern const unary_op neg;
extern const unary_op square;
extern const unary_op relu;
extern const unary_op abs;
extern const unary_op sign;

extern const unary_op exp;
extern const unary_op log;
extern const unary_op sqrt;
extern const unary_op rsqrt;
extern const unary_op reciprocal;
extern const unary_op tanh;
extern const unary_op sigmoid;
extern const unary_op gelu;
extern const unary_op sin;
extern const unary_op cos;
extern const unary_op log1p;
extern const unary_op expm1;
extern const unary_op erf;
extern const unary_op floor;

} // namespace morph::kernels
