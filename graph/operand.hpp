// What builder functions take: an expression or a number, together with the
// place in user code where it was passed. The implicit conversion happens at
// the call, so operators know the user's line without macros.
#pragma once

#include <morph/graph/expr.hpp>

#include <source_location>
#include <type_traits>

namespace morph {

template <class T>
concept arithmetic = std::is_arithmetic_v<T>;

class operand {
public:
  operand(const expr& x,
          std::source_location at = std::source_location::current())
    : expr_(x), at_(at) {
    // nop
  }

  /// A number takes the element type of the other operand.
  template <arithmetic T>
  operand(T x, std::source_location at = std::source_location::current())
    : number_(static_cast<double>(x)), at_(at) {
    // nop
  }

  bool is_number() const noexcept {
    return !expr_;
  }

  double number() const noexcept {
    return number_;
  }

  const expr& get() const noexcept {
    return expr_;
  }

  std::source_location where() const noexcept {
    return at_;
  }

  /// The expression, or a rank-0 constant with the element type of `like`.
  /// Throws `failure`: MM0110 if both are numbers, MM0105 if the type cannot
  /// hold the number.
  expr in_graph_of(const operand& like) const;

  /// The number as a rank-0 constant. Throws `failure` (MM0105) if the type
  /// cannot hold it. REQUIRES: is_number().
  expr as_constant(graph_data& g, dtype t) const;

private:
  expr expr_;
  double number_ = 0;
  std::source_location at_;
};

} // namespace morph
