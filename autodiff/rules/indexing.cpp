// Rules of gathering, scattering and masks.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

exprs gather_vjp(const rule_context& c, exprs_view g) {
  return {scatter_add(zeros_like(c.in[0]), c.in[1], g[0], integer(c, "axis")),
          expr{}};
}

exprs scatter_add_vjp(const rule_context& c, exprs_view g) {
  exprs out(3);
  if (c.wants(0))
    out[0] = g[0];
  if (c.wants(2))
    out[2] = gather(g[0], c.in[1], integer(c, "axis"));
  return out;
}

exprs scatter_add_jvp(const rule_context& c, exprs_view t) {
  if (!t[2])
    return {t[0]};
  auto base = t[0] ? t[0] : zeros_like(c.in[0]);
  return {scatter_add(base, c.in[1], t[2], integer(c, "axis"))};
}

exprs tril_rule(const rule_context& c, exprs_view d) {
  return {tril(d[0], integer(c, "k"))};
}

exprs triu_rule(const rule_context& c, exprs_view d) {
  return {triu(d[0], integer(c, "k"))};
}

constexpr std::array rows{
  derivative_rule{"gather", gather_vjp, linear_jvp, {}},
  derivative_rule{"scatter_add", scatter_add_vjp, scatter_add_jvp, {}},
  derivative_rule{"one_hot", nullptr, nullptr, "its input is a position"},
  derivative_rule{"tril", tril_rule, tril_rule, {}},
  derivative_rule{"triu", triu_rule, triu_rule, {}},
};

} // namespace

rules_view indexing_rules() noexcept {
  return rows;
}

} // namespace morph::rules
