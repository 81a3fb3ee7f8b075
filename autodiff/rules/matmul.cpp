// Rules of the matrix product C = op(A) op(B):
//   A' = C' op(B)^T,  B' = op(A)^T C',
// written so that no transpose is copied, and summed over the batch axes along
// which an operand was broadcast.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

size_t rank(const expr& x) {
  return x.type().shape().rank();
}

// Without batch axes there is nothing that could have been broadcast.
expr unbatch(const expr& g, const expr& x) {
  return rank(g) == 2 && rank(x) == 2 ? g : unbroadcast(g, x);
}

exprs matrices_vjp(const rule_context& c, const expr& g) {
  auto& a = c.in[0];
  auto& b = c.in[1];
  auto ta = flag(c, "transpose_a");
  auto tb = flag(c, "transpose_b");
  exprs out(2);
  if (c.wants(0))
    out[0] = unbatch(ta ? matmul(b, g, tb, true) : matmul(g, b, false, !tb), a);
  if (c.wants(1))
    out[1] = unbatch(tb ? matmul(g, a, true, ta) : matmul(a, g, !ta, false), b);
  return out;
}

// One operand, `v`, is a vector and the other, `m`, is not. `contracted` is
// the axis of m, counted from the end, along which they are multiplied.
struct vector_product {
  expr v;
  expr m;
  int64_t contracted;

  // v along the contracted axis of m.
  expr aligned() const {
    return contracted == -1 ? v : reshape(v, {dyn, 1});
  }

  // g, repeated along the contracted axis of m.
  expr repeated(const expr& g) const {
    return unreduce(g, m, {contracted}, false);
  }

  expr vector_gradient(const expr& g) const {
    std::vector<int64_t> others;
    auto n = static_cast<int64_t>(rank(m));
    for (int64_t i = 0; i < n; ++i)
      if (i != n + contracted)
        others.push_back(i);
    return sum(mul_no_nan(m, repeated(g)), others);
  }

  expr matrix_gradient(const expr& g) const {
    return mul_no_nan(repeated(g), aligned());
  }
};

exprs vector_vjp(const rule_context& c, const expr& g) {
  exprs out(2);
  auto left = rank(c.in[0]) == 1;
  size_t v = left ? 0 : 1;
  size_t m = 1 - v;
  auto transposed = flag(c, left ? "transpose_b" : "transpose_a");
  const vector_product p{c.in[v], c.in[m], left == transposed ? -1 : -2};
  if (c.wants(v))
    out[v] = p.vector_gradient(g);
  if (c.wants(m))
    out[m] = p.matrix_gradient(g);
  return out;
}

exprs matmul_vjp(const rule_context& c, exprs_view g) {
  auto vectors = (rank(c.in[0]) == 1 ? 1 : 0) + (rank(c.in[1]) == 1 ? 1 : 0);
  if (vectors == 0)
    return matrices_vjp(c, g[0]);
  if (vectors == 1)
    return vector_vjp(c, g[0]);
  exprs out(2);
  for (size_t i = 0; i < 2; ++i)
    if (c.wants(i))
      out[i] = mul_no_nan(g[0], c.in[1 - i]);
  return out;
}

exprs matmul_jvp(const rule_context& c, exprs_view t) {
  auto ta = flag(c, "transpose_a");
  auto tb = flag(c, "transpose_b");
  expr out;
  if (t[0])
    out = matmul(t[0], c.in[1], ta, tb);
  if (t[1])
    out = plus(out, matmul(c.in[0], t[1], ta, tb));
  return {out};
}

constexpr std::array rows{
  derivative_rule{"matmul", matmul_vjp, matmul_jvp, {}},
};

} // namespace

rules_view matmul_rules() noexcept {
  return rows;
}

} // namespace morph::rules
