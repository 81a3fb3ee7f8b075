// Builder functions: one result element for each element of the operands.
// Operands broadcast as in NumPy. Element types never mix: a `cast` is always
// written out (MM0105 otherwise); a C++ number takes the type of the other
// operand if that can hold it.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/operand.hpp>

namespace morph {

expr operator+(operand a, operand b);
expr operator-(operand a, operand b);
expr operator*(operand a, operand b);

/// Quotient; integers truncate towards zero and give 0 for a zero divisor.
expr operator/(operand a, operand b);

expr operator-(operand x);

/// Product, but 0 where a factor is 0 even if the other is infinite or NaN: how
/// derivative rules multiply. On floating types only.
expr mul_no_nan(operand a, operand b);

/// a to the power of b; for floating types as `std::pow`.
expr pow(operand a, operand b);

/// The smaller one; NaN if either is NaN.
expr minimum(operand a, operand b);

/// The larger one; NaN if either is NaN.
expr maximum(operand a, operand b);

// Comparisons give bool. `==` compares handles, not values.
expr less(operand a, operand b);
expr less_equal(operand a, operand b);
expr greater(operand a, operand b);
expr greater_equal(operand a, operand b);
expr equal(operand a, operand b);
expr not_equal(operand a, operand b);

// On bool tensors only.
expr logical_and(operand a, operand b);
expr logical_or(operand a, operand b);
expr logical_not(operand x);

// On floating types only.
expr exp(operand x);
expr log(operand x);
expr sqrt(operand x);
expr rsqrt(operand x);
expr reciprocal(operand x);
expr tanh(operand x);
expr sigmoid(operand x);
expr sin(operand x);
expr cos(operand x);
expr log1p(operand x);
expr expm1(operand x);
expr erf(operand x);
expr floor(operand x);

/// x / 2 * (1 + erf(x / sqrt(2))).
expr gelu(operand x);

// On all numbers.
expr square(operand x);
expr relu(operand x);
expr abs(operand x);

/// -1, 0 or 1; NaN for NaN.
expr sign(operand x);

/// `a` where `condition` (bool) holds, else `b`; all three broadcast.
expr where(operand condition, operand a, operand b);

/// Converts elements; floating to integer truncates towards zero and
/// saturates (NaN gives 0), anything to bool is `!= 0`.
expr cast(operand x, dtype t);

/// The same value, through which no gradient flows.
expr stop_gradient(operand x);

expr identity(operand x);

} // namespace morph
