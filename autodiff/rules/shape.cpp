// Rules of ops that move elements: each moves the gradient back.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

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

exprs slice_vjp(const rule_context& c, exprs_view g) {
  return {pad_like(g[0], c.in[0], c.attrs.get<integers>("starts"),
                   c.attrs.get<integers>("steps"))};
}

// The first elements of `h` along an axis, as many as `x` has.
expr shortened(const expr& h, const expr& x, size_t axis) {
  auto extent = x.type().shape()[axis];
  if (extent != dyn) {
    integers starts(axis + 1, 0);
    integers stops(axis + 1, slice_end);
    stops[axis] = extent;
    return slice(h, starts, stops);
  }
  // A value with the shape of `h`, but for this axis, where it has that of x.
  integers others;
  for (size_t i = 0; i < x.type().shape().rank(); ++i)
    if (i != axis)
      others.push_back(static_cast<int64_t>(i));
  auto at = static_cast<int64_t>(axis);
  auto along = others.empty() ? x : sum(x, others, true);
  const exprs part{along + sum(h, {at}, true)};
  return concat_part(h, part, at, 0);
}

// The slice that this op undoes may have stopped before the end.
exprs pad_like_vjp(const rule_context& c, exprs_view g) {
  auto starts = c.attrs.get<integers>("starts");
  const integers ends(starts.size(), slice_end);
  auto out = slice(g[0], starts, ends, c.attrs.get<integers>("steps"));
  for (size_t i = 0; i < starts.size(); ++i) {
    auto extent = c.in[0].type().shape()[i];
    if (extent == dyn || extent != out.type().shape()[i])
      out = shortened(out, c.in[0], i);
  }
  return {out, expr{}};
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
