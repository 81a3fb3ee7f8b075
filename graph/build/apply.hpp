// What builder functions share: nodes at the place in user code where the
// operands were written.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/graph.hpp>
#include <morph/graph/operand.hpp>

#include <initializer_list>
#include <source_location>
#include <string_view>

namespace morph::build {

/// Applies an op at the place of the first operand. Numbers become constants
/// with the element type of the first expression.
expr apply(std::string_view op_name, std::initializer_list<operand> inputs,
           attributes attrs = {});

/// Makes operands of intermediate expressions, so that the nodes of a
/// composition know the user's line and not ours.
class at_place {
public:
  explicit at_place(const operand& x) : where_(x.where()) {
    // nop
  }

  operand operator()(const expr& x) const {
    return {x, where_};
  }

  operand operator()(double x) const {
    return {x, where_};
  }

private:
  std::source_location where_;
};

} // namespace morph::build
