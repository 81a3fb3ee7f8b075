#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/linalg.hpp>

namespace morph {

expr matmul(operand a, operand b, bool transpose_a, bool transpose_b) {
  return build::apply("matmul", {a, b},
                      {{"transpose_a", transpose_a},
                       {"transpose_b", transpose_b}});
}

expr cholesky(operand a) {
  return build::apply("cholesky", {a});
}

expr solve(operand a, operand b) {
  return build::apply("solve", {a, b});
}

expr triangular_solve(operand a, operand b, bool lower, bool transpose) {
  return build::apply("triangular_solve", {a, b},
                      {{"lower", lower}, {"transpose", transpose}});
}

expr logdet(operand a) {
  return build::apply("logdet", {a});
}

expr inverse(operand a) {
  return build::apply("inverse", {a});
}

} // namespace morph
