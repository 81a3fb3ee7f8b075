// Rules of factorisations and linear systems, after Giles, "Collected matrix
// derivative results for forward and reverse mode algorithmic
// differentiation" (2008).
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

// The lower triangle with its diagonal halved.
expr half_lower(const expr& x) {
  return 0.5 * (tril(x) + tril(x, -1));
}

// With P = half_lower(L^T L'), the gradient in a symmetric A would be
// S = (L^-T P L^-1 + its transpose) / 2. The op reads the lower triangle
// alone, so an element below the diagonal stands for two of S.
exprs cholesky_vjp(const rule_context& c, exprs_view g) {
  auto& l = c.out[0];
  auto p = half_lower(matmul(l, g[0], true, false));
  auto left = triangular_solve(l, p, true, true);
  auto both = triangular_solve(l, matrix_transpose(left), true, true);
  return {half_lower(both + matrix_transpose(both))};
}

// dL = L half_lower(L^-1 dA L^-T), with dA mirrored from its lower triangle.
exprs cholesky_jvp(const rule_context& c, exprs_view t) {
  auto& l = c.out[0];
  auto mirrored = tril(t[0]) + matrix_transpose(tril(t[0], -1));
  auto left = triangular_solve(l, mirrored);
  auto both = triangular_solve(l, matrix_transpose(left));
  return {matmul(l, half_lower(matrix_transpose(both)))};
}

bool is_vector(const expr& x) {
  return x.type().shape().rank() == 1;
}

// a b^T, of vectors or of matrices.
expr outer(const expr& a, const expr& b) {
  return is_vector(a) ? mul_no_nan(reshape(a, {dyn, 1}), b)
                      : matmul(a, b, false, true);
}

// B' = A^-T X', A' = -B' X^T.
exprs solve_vjp(const rule_context& c, exprs_view g) {
  auto b = solve(matrix_transpose(c.in[0]), g[0]);
  exprs out(2);
  if (c.wants(0))
    out[0] = -outer(b, c.out[0]);
  if (c.wants(1))
    out[1] = b;
  return out;
}

// dX = A^-1 (dB - dA X).
exprs solve_jvp(const rule_context& c, exprs_view t) {
  auto right = t[1];
  if (t[0]) {
    auto moved = matmul(t[0], c.out[0]);
    right = right ? right - moved : -moved;
  }
  return {solve(c.in[0], right)};
}

expr triangle(const rule_context& c, const expr& x) {
  return flag(c, "lower") ? tril(x) : triu(x);
}

exprs triangular_solve_vjp(const rule_context& c, exprs_view g) {
  auto transposed = flag(c, "transpose");
  auto b = triangular_solve(c.in[0], g[0], flag(c, "lower"), !transposed);
  exprs out(2);
  if (c.wants(0)) {
    auto& x = c.out[0];
    out[0] = -triangle(c, transposed ? outer(x, b) : outer(b, x));
  }
  if (c.wants(1))
    out[1] = b;
  return out;
}

exprs triangular_solve_jvp(const rule_context& c, exprs_view t) {
  auto transposed = flag(c, "transpose");
  auto right = t[1];
  if (t[0]) {
    auto da = triangle(c, t[0]);
    auto moved = transposed && is_vector(c.out[0])
                   ? matmul(c.out[0], da)
                   : matmul(da, c.out[0], transposed, false);
    right = right ? right - moved : -moved;
  }
  return {triangular_solve(c.in[0], right, flag(c, "lower"), transposed)};
}

// A' = g A^-T.
exprs logdet_vjp(const rule_context& c, exprs_view g) {
  auto slope = matrix_transpose(inverse(c.in[0]));
  return {mul_no_nan(unreduce(g[0], c.in[0], {-2, -1}, false), slope)};
}

exprs logdet_jvp(const rule_context& c, exprs_view t) {
  auto slope = matrix_transpose(inverse(c.in[0]));
  return {sum(mul_no_nan(t[0], slope), {-2, -1})};
}

// A' = -Y^T Y' Y^T.
exprs inverse_vjp(const rule_context& c, exprs_view g) {
  auto& y = c.out[0];
  return {-matmul(matmul(y, g[0], true, false), y, false, true)};
}

exprs inverse_jvp(const rule_context& c, exprs_view t) {
  auto& y = c.out[0];
  return {-matmul(matmul(y, t[0]), y)};
}

constexpr std::array rows{
  derivative_rule{"cholesky", cholesky_vjp, cholesky_jvp, {}},
  derivative_rule{"solve", solve_vjp, solve_jvp, {}},
  derivative_rule{
    "triangular_solve", triangular_solve_vjp, triangular_solve_jvp, {}},
  derivative_rule{"logdet", logdet_vjp, logdet_jvp, {}},
  derivative_rule{"inverse", inverse_vjp, inverse_jvp, {}},
};

} // namespace

rules_view factor_rules() noexcept {
  return rows;
}

} // namespace morph::rules
