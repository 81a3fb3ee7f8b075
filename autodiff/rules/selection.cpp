// Rules of truth values, choice and conversion.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

// Zero where the other branch was taken, even if its derivative is infinite.
exprs where_vjp(const rule_context& c, exprs_view g) {
  exprs out(3);
  if (c.wants(1))
    out[1] = unbroadcast(where(c.in[0], g[0], 0), c.in[1]);
  if (c.wants(2))
    out[2] = unbroadcast(where(c.in[0], 0, g[0]), c.in[2]);
  return out;
}

exprs where_jvp(const rule_context& c, exprs_view t) {
  auto pick = [&] {
    if (t[1] && t[2])
      return where(c.in[0], t[1], t[2]);
    return t[1] ? where(c.in[0], t[1], 0) : where(c.in[0], 0, t[2]);
  };
  return {spread(pick(), c.out[0])};
}

exprs cast_vjp(const rule_context& c, exprs_view g) {
  if (!is_floating(c.in[0].type().type()))
    return {expr{}};
  return {cast(g[0], c.in[0].type().type())};
}

exprs cast_jvp(const rule_context& c, exprs_view t) {
  return {cast(t[0], c.out[0].type().type())};
}

exprs identity_rule(const rule_context&, exprs_view d) {
  return {d[0]};
}

constexpr derivative_rule truth(std::string_view op) {
  return {op, nullptr, nullptr, "its result is a truth value"};
}

constexpr std::array rows{
  truth("less"),
  truth("less_equal"),
  truth("greater"),
  truth("greater_equal"),
  truth("equal"),
  truth("not_equal"),
  truth("logical_and"),
  truth("logical_or"),
  truth("logical_not"),
  derivative_rule{"where", where_vjp, where_jvp, {}},
  derivative_rule{"cast", cast_vjp, cast_jvp, {}},
  derivative_rule{"identity", identity_rule, identity_rule, {}},
  derivative_rule{"stop_gradient", nullptr, nullptr,
                  "it is there to stop gradients"},
};

} // namespace

rules_view selection_rules() noexcept {
  return rows;
}

} // namespace morph::rules
