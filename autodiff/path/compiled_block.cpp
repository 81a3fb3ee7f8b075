#include <morph/autodiff/path/compiled_block.hpp>
#include <morph/autodiff/sweeps.hpp>
#include <morph/graph/passes/simplify.hpp>

#include <algorithm>
#include <optional>

namespace morph {

namespace {

expr placeholder(graph& g, const port_type& type) {
  graph_node n;
  n.kind = &builtin::input;
  n.outputs = {type};
  return g.append(std::move(n));
}

std::vector<port_ref> refs_of(const std::vector<expr>& xs) {
  std::vector<port_ref> out;
  for (auto& x : xs)
    out.push_back(x.ref());
  return out;
}

} // namespace

std::shared_ptr<const compiled_block> compiled_block::make(
  std::string name, const block_builder& build,
  const std::vector<port_type>& inputs) {
  graph written;
  std::vector<expr> given;
  for (auto& t : inputs)
    given.push_back(placeholder(written, t));
  auto outputs = build(given);
  for (auto& x : outputs)
    written.check_owner(x);
  // As a session would: the same nodes run in both.
  auto roots = refs_of(outputs);
  auto all = roots;
  for (auto& x : given)
    all.push_back(x.ref());
  auto simple = simplify(written, all);
  auto moved = [&](std::vector<port_ref> xs) {
    for (auto& x : xs)
      x = *simple.find(x);
    return xs;
  };
  auto out
    = std::shared_ptr<compiled_block>{new compiled_block{std::move(name)}};
  out->num_inputs_ = inputs.size();
  out->split_uses(simple.result, moved(refs_of(given)), moved(roots));
  out->compile_forward();
  return out;
}

/// Copies `net` so that each use of an input is a placeholder of its own.
void compiled_block::split_uses(const graph& net,
                                std::span<const port_ref> inputs,
                                std::span<const port_ref> outputs) {
  auto use_of = [&](port_ref x) -> std::optional<port_ref> {
    auto i = std::find(inputs.begin(), inputs.end(), x);
    if (i == inputs.end())
      return std::nullopt;
    auto at = placeholder(net_, net.type_of(x));
    uses_.push_back({static_cast<uint32_t>(i - inputs.begin()), at});
    return at.ref();
  };
  std::vector<node_id> new_id(net.size());
  auto moved = [&](port_ref x) {
    if (auto use = use_of(x))
      return *use;
    return port_ref{new_id[x.node], x.port};
  };
  for (auto& n : net.data()->nodes) {
    if (n.is(builtin::input))
      continue;
    auto copy = n;
    for (auto& in : copy.inputs)
      in = moved(in);
    new_id[n.id] = net_.append(std::move(copy)).ref().node;
  }
  for (auto& x : outputs)
    outputs_.push_back(net_.at(moved(x)));
}

void compiled_block::compile_forward() {
  auto given = std::vector<port_ref>{};
  for (auto& x : uses_)
    given.push_back(x.at.ref());
  auto wanted = refs_of(outputs_);
  // What the backward half of all outputs reads of the forward half.
  auto forward_nodes = static_cast<node_id>(net_.size());
  std::vector<bool> all;
  for (auto& x : outputs_)
    all.push_back(x.type().is_differentiable());
  half_for(all);
  for (auto id = forward_nodes; id < net_.size(); ++id)
    for (auto& in : net_[id].inputs)
      if (in.node < forward_nodes && !net_[in.node].is(builtin::input)
          && !net_[in.node].is(builtin::constant)
          && std::find(residuals_.begin(), residuals_.end(), in)
               == residuals_.end())
        residuals_.push_back(in);
  halves_.clear();
  wanted.insert(wanted.end(), residuals_.begin(), residuals_.end());
  forward_ = unwrap(program::make(*net_.data(), given, wanted));
}

const compiled_block::backward_half& compiled_block::half_for(
  const std::vector<bool>& present) const {
  std::lock_guard guard{mutex_};
  auto i = halves_.find(present);
  if (i == halves_.end())
    i = halves_.emplace(present, compile_backward(present)).first;
  return i->second;
}

compiled_block::backward_half compiled_block::compile_backward(
  const std::vector<bool>& present) const {
  std::vector<expr> seeded;
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (present[i])
      seeded.push_back(outputs_[i]);
  std::vector<expr> candidates;
  std::vector<uint32_t> by_candidate; // the input
  for (auto& x : uses_)
    if (x.at.type().is_differentiable()) {
      candidates.push_back(x.at);
      by_candidate.push_back(x.input);
    }
  backward_half out;
  if (seeded.empty() || candidates.empty())
    return out;
  std::vector<expr> seeds;
  for (auto& x : seeded)
    seeds.push_back(placeholder(net_, x.type()));
  auto all = sweep_cotangents(*net_.data(), seeded, candidates, seeds);
  std::vector<port_ref> parts;
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i]) {
      parts.push_back(all[i].ref());
      out.inputs.push_back(by_candidate[i]);
    }
  std::vector<port_ref> given;
  for (auto& x : uses_)
    given.push_back(x.at.ref());
  given.insert(given.end(), residuals_.begin(), residuals_.end());
  for (auto& x : seeds)
    given.push_back(x.ref());
  out.code = unwrap(program::make(*net_.data(), given, parts));
  return out;
}

result<compiled_block::outcome> compiled_block::forward(
  std::span<const value> inputs) const {
  std::vector<value> given;
  for (auto& x : uses_)
    given.push_back(inputs[x.input]);
  auto all = forward_.run(given);
  if (!all)
    return fail(std::move(all.error()));
  outcome out;
  auto split = all->begin() + static_cast<ptrdiff_t>(outputs_.size());
  out.outputs.assign(all->begin(), split);
  out.residuals.assign(split, all->end());
  return out;
}

result<std::vector<cotangent_part>> compiled_block::backward(
  std::span<const value> inputs, const outcome& run,
  std::span<const value> cotangents) const {
  std::vector<bool> present;
  for (auto& x : cotangents)
    present.push_back(static_cast<bool>(x));
  auto& half = half_for(present);
  if (half.inputs.empty())
    return std::vector<cotangent_part>{};
  std::vector<value> given;
  for (auto& x : uses_)
    given.push_back(inputs[x.input]);
  given.insert(given.end(), run.residuals.begin(), run.residuals.end());
  for (auto& x : cotangents)
    if (x)
      given.push_back(x);
  auto parts = half.code.run(given);
  if (!parts)
    return fail(std::move(parts.error()));
  std::vector<cotangent_part> out;
  for (size_t i = 0; i < parts->size(); ++i)
    out.push_back({half.inputs[i], std::move((*parts)[i])});
  return out;
}

} // namespace morph
