#include <morph/actors/session/lowering.hpp>
#include <morph/graph/passes/simplify.hpp>

#include <algorithm>

namespace morph {

namespace {

result<void> check_loss(const expr& x) {
  auto& t = x.type();
  auto scalar = t.is_tensor()
                && std::all_of(t.shape().begin(), t.shape().end(),
                               [](int64_t n) { return n == 1 || n == dyn; });
  if (scalar && t.is_differentiable())
    return {};
  auto e
    = scalar
        ? error{errc::not_differentiable,
                "the loss is " + to_string(t) + ", which carries no gradient"}
        : error{errc::non_scalar_loss,
                "the loss is " + to_string(t) + ", not one number"};
  return fail(e.at(display_name(x.node()), x.node().where()));
}

result<void> check_wrt(const expr& x) {
  auto& n = x.node();
  auto leaf = n.is(builtin::input) || n.is(builtin::parameter);
  if (leaf && x.type().is_differentiable())
    return {};
  auto e = error{errc::not_differentiable,
                 leaf ? to_string(x.type()) + " carries no gradient"
                      : std::string{"a session returns gradients of inputs "
                                    "and parameters only"}};
  if (!leaf)
    e.remedy("use grad(loss, x) for values inside the graph");
  return fail(e.at(display_name(n), n.where()));
}

} // namespace

result<lowered> lower(const graph& g, std::span<const expr> results,
                      const objective& o) {
  std::vector<port_ref> wanted;
  auto want = [&](const expr& x) {
    auto i = std::find(wanted.begin(), wanted.end(), x.ref());
    auto index = static_cast<size_t>(i - wanted.begin());
    if (i == wanted.end())
      wanted.push_back(x.ref());
    return index;
  };
  lowered out;
  for (auto& x : o.losses) {
    if (x.data() != g.data().get())
      return fail(errc::foreign_expression, "a loss is of another graph");
    if (auto ok = check_loss(x); !ok)
      return fail(std::move(ok.error()));
    auto i = want(x);
    out.where.losses.push_back(i);
    out.plan.losses.push_back(static_cast<uint32_t>(i));
  }
  for (auto& x : results)
    want(x);
  for (size_t i = 0; i < wanted.size(); ++i)
    out.where.results.emplace(wanted[i], i);
  auto roots = wanted;
  for (auto& x : o.wrt) {
    if (x.data() != g.data().get())
      return fail(errc::foreign_expression,
                  "a gradient is asked for a value of another graph");
    if (auto ok = check_wrt(x); !ok)
      return fail(std::move(ok.error()));
    roots.push_back(x.ref());
    out.where.gradients.emplace(x.ref().node, out.where.gradients.size());
  }
  auto simple = simplify(g, roots);
  out.plan.net = simple.result;
  out.new_id.resize(g.size());
  for (node_id n = 0; n < g.size(); ++n)
    if (auto to = simple.find({n, 0}))
      out.new_id[n] = to->node;
  for (auto x : wanted)
    out.plan.results.push_back(*simple.find(x));
  out.plan.wrt.resize(out.where.gradients.size());
  for (auto& [n, i] : out.where.gradients)
    out.plan.wrt[i] = *out.new_id[n];
  out.plan.update = o.update;
  out.plan.clip_norm = o.clip_norm;
  out.plan.watch_gradients = o.watch_gradients;
  return out;
}

} // namespace morph
