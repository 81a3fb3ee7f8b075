// Rules of ops that move elements: each moves the gradient back.
#include <array>

#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

namespace morph::rules {

namespace {

using integers = std::vector<int64_t>;

exprs reshape_vjp(const rule_context& c, exprs_view g) {
  return {reshape_back(g[0], c.in[0])};
}

exprs reshape_jvp(const rule_context& c, exprs_view t) {
  return {reshape_back(t[0], c.out[0])};
}

exprs transpose_vjp(const rule_context& c, exprs_view g) {
  auto perm = c.attrs.get_or<integers>("perm", {});
  integers inverse(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    auto axis = perm[i];
    auto n = static_cast<int64_t>(perm.size());
    inverse[static_cast<size_t>(axis < 0 ? axis + n : axis)]
      = static_cast<int64_t>(i);
  }
  return {transpose(g[0], inverse)};
}

exprs broadcast_to_vjp(const rule_context& c, exprs_view g) {
  return {unbroadcast(g[0], c.in[0])};
}

exprs broadcast_to_jvp(const rule_context& c, exprs_view t) {
  return {spread(t[0], c.out[0])};
}

// The axis of a `concat`, from the front.
size_t concat_axis(const rule_context& c, const expr& x) {
  auto axis = integer(c, "axis");
  auto rank = static_cast<int64_t>(x.type().shape().rank());
  return static_cast<size_t>(axis < 0 ? axis + rank : axis);
}

// The gradient of a part is a slice, cut by numbers where extents are known.
exprs concat_vjp(const rule_context& c, exprs_view g) {
  exprs out(c.in.size());
  auto axis = concat_axis(c, c.in[0]);
  int64_t start = 0;
  for (size_t i = 0; i < c.in.size(); ++i) {
    auto extent = c.in[i].type().shape()[axis];
    auto known = start != dyn && extent != dyn;
    if (c.wants(i) && known) {
      integers starts(axis + 1, 0);
      integers stops(axis + 1, slice_end);
      starts[axis] = start;
      stops[axis] = start + extent;
      out[i] = slice(g[0], starts, stops);
    } else if (c.wants(i)) {
      out[i] = concat_part(g[0], c.in, static_cast<int64_t>(axis),
                           static_cast<int64_t>(i));
    }
    start = known ? start + extent : dyn;
  }
  return out;
}

exprs concat_jvp(const rule_context& c, exprs_view t) {
  exprs parts{t.begin(), t.end()};
  for (size_t i = 0; i < parts.size(); ++i)
    if (!parts[i])
      parts[i] = zeros_like(c.in[i]);
  return {apply_again(c, parts)};
}

// The stops are not needed by `pad_like`, but by its own rule.
exprs slice_vjp(const rule_context& c, exprs_view g) {
  const std::array inputs{g[0], c.in[0]};
  attributes attrs;
  attrs.set("starts", c.attrs.get<integers>("starts"));
  attrs.set("stops", c.attrs.get<integers>("stops"));
  attrs.set("steps", c.attrs.get<integers>("steps"));
  return {apply_op(*g[0].data(), "pad_like", inputs, std::move(attrs), {})};
}

// Of the slice that this op undoes only the extents are known, unless it came
// from the rule above.
exprs pad_like_vjp(const rule_context& c, exprs_view g) {
  auto starts = c.attrs.get<integers>("starts");
  auto steps = c.attrs.get_or<integers>("steps", {});
  auto stops = c.attrs.get_or<integers>("stops", {});
  if (!stops.empty())
    return {slice(g[0], starts, stops, steps), expr{}};
  auto& s = c.in[0].type().shape();
  for (size_t i = 0; i < starts.size(); ++i) {
    if (s[i] == dyn || starts[i] < 0)
      throw failure{error{errc::not_differentiable,
                          "the extents of a padded value must be known"}};
    auto step = i < steps.size() ? steps[i] : 1;
    stops.push_back(s[i] == 0 ? starts[i] : starts[i] + (s[i] - 1) * step + 1);
  }
  return {slice(g[0], starts, stops, steps), expr{}};
}

// Puts `x` in the place of part `index`, zeros elsewhere.
exprs concat_part_vjp(const rule_context& c, exprs_view g) {
  exprs out(c.in.size());
  exprs parts;
  auto index = static_cast<size_t>(integer(c, "index"));
  for (size_t i = 1; i < c.in.size(); ++i)
    parts.push_back(i - 1 == index ? g[0] : zeros_like(c.in[i]));
  out[0] = concat(parts, integer(c, "axis"));
  return out;
}

constexpr std::array rows{
  derivative_rule{"reshape", reshape_vjp, reshape_jvp, {}},
  derivative_rule{"transpose", transpose_vjp, linear_jvp, {}},
  derivative_rule{"broadcast_to", broadcast_to_vjp, broadcast_to_jvp, {}},
  derivative_rule{"concat", concat_vjp, concat_jvp, {}},
  derivative_rule{"slice", slice_vjp, linear_jvp, {}},
  derivative_rule{"pad_like", pad_like_vjp, linear_jvp, {}},
  derivative_rule{"concat_part", concat_part_vjp, linear_jvp, {}},
};

} // namespace

rules_view shape_rules() noexcept {
  return rows;
}

} // namespace morph::rules
