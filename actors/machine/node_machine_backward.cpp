// The backward half of a node machine: cotangents, recalls, recomputation.
#include <morph/actors/machine/node_machine.hpp>
#include <morph/actors/machine/node_steps.hpp>
#include <morph/graph/clock.hpp>

#include <algorithm>
#include <array>

namespace morph {

namespace {

/// Values on the stack, as most nodes have few ports.
class few_values {
public:
  explicit few_values(size_t n)
    : many_(n > few_.size() ? n : 0),
      all_(many_.empty() ? std::span{few_}.first(n) : std::span{many_}) {
    // nop
  }

  few_values(const few_values&) = delete;
  few_values& operator=(const few_values&) = delete;

  std::span<value> all() noexcept {
    return all_;
  }

private:
  std::array<value, 4> few_;
  std::vector<value> many_;
  std::span<value> all_;
};

} // namespace

void node_machine::on_backward(uint32_t slot, uint64_t step, versioned x,
                               outlet& out) {
  if (slot >= outs_.size() || is_cancelled(step))
    return;
  auto* s = find(step);
  if (!s || !outs_[slot].answers || !s->forward_done)
    return;
  s->cotangents()[slot] = std::move(x.payload);
  s->cotangent_versions()[slot] = x.version;
  ++s->answered;
  try_backward(*s, out);
}

void node_machine::on_recall(uint32_t slot, uint64_t step, outlet& out) {
  auto* s = find(step);
  if (!s || slot >= outs_.size())
    return; // cancelled meanwhile
  s->recalled_by.push_back(slot);
  continue_recalls(*s, out);
}

/// Asks for inputs that have gone: those that the rule reads, or all of which
/// the node needs the elements to run again.
bool node_machine::recall_missing(step_state& s, outlet& out, bool for_rule) {
  auto missing = [&](uint32_t i) {
    auto use = for_rule ? input_use(i) : rule_use::elements;
    return use == rule_use::elements ? lacks_elements(s.in()[i])
                                     : use == rule_use::shape && !s.in()[i];
  };
  for (uint32_t i = 0; i < ins_.size(); ++i)
    s.outstanding += missing(i);
  if (s.outstanding == 0)
    return false;
  // Count first: the inline runtime may answer within the call.
  auto step = s.step;
  for (uint32_t i = 0; i < ins_.size(); ++i)
    if (missing(i))
      out.recall(i, step);
  return true;
}

void node_machine::continue_recalls(step_state& s, outlet& out) {
  if (s.outstanding > 0)
    return;
  auto backward_ready = s.answered == answers_;
  bool lacks_output = false;
  for (uint32_t j = 0; j < s.out().size(); ++j)
    if (lacks_elements(s.out()[j])
        && (!s.recalled_by.empty()
            || (backward_ready && output_use(j) == rule_use::elements)))
      lacks_output = true;
  if (lacks_output) {
    if (recall_missing(s, out, false))
      return;
    counters_->recomputed.fetch_add(1, std::memory_order_relaxed);
    for (size_t j = 0; j < s.out().size(); ++j)
      release_output(s, j);
    if (!compute(s, out))
      return;
  }
  for (auto slot : s.recalled_by)
    out.forward(slot, s.step,
                {s.out()[outs_[slot].port], s.out_version,
                 static_cast<uint8_t>(flag::backward | flag::recalled)});
  s.recalled_by.clear();
  if (backward_ready && !recall_missing(s, out, true))
    fire_backward(s, out);
}

void node_machine::try_backward(step_state& s, outlet& out) {
  if (!s.forward_done || s.answered != answers_ || s.outstanding > 0)
    return;
  if (std::ranges::none_of(s.cotangents(),
                           [](auto& x) { return static_cast<bool>(x); }))
    answer_none(s, out);
  else
    continue_recalls(s, out);
}

void node_machine::answer_none(step_state& s, outlet& out) {
  auto step = s.step;
  drop(step);
  for (uint32_t i = 0; i < ins_.size(); ++i)
    if (ins_[i].answers)
      out.backward(i, step, {});
  if (differentiates_)
    out.pass_turn(pass_direction::backward, step);
}

result<void> node_machine::run_backward(step_state& s,
                                        std::span<value> gradients) {
  few_values buffer{node_->outputs.size()};
  auto sums = buffer.all();
  for (size_t i = 0; i < outs_.size(); ++i) {
    if (!s.cotangents()[i])
      continue;
    auto& sum = sums[outs_[i].port];
    auto next = add_values(sum, s.cotangents()[i]);
    if (!next)
      return fail(std::move(next.error()));
    sum = std::move(*next);
  }
  if (!user_) {
    if (!rule_)
      return fail(errc::not_differentiable, "the op has no derivative rule");
    return rule_->run(s.in(), s.out(), sums, gradients);
  }
  auto xs = user_->backward_from(s.in(), sums, s.residual);
  if (!xs)
    return fail(std::move(xs.error()));
  if (xs->size() != ins_.size())
    return fail(errc::bad_derivative_rule,
                "'backward' returned " + std::to_string(xs->size())
                  + " cotangents for " + std::to_string(ins_.size())
                  + " inputs");
  for (size_t i = 0; i < ins_.size(); ++i) {
    if (!ins_[i].answers || !(*xs)[i])
      continue;
    if (!(type_of((*xs)[i]) == type_of(s.in()[i])))
      return fail(errc::bad_derivative_rule,
                  "'backward' returned " + to_string(type_of((*xs)[i]))
                    + " for input " + std::to_string(i) + " of type "
                    + to_string(type_of(s.in()[i])));
    gradients[i] = std::move((*xs)[i]);
  }
  return {};
}

void node_machine::fire_backward(step_state& s, outlet& out) {
  auto cached = memory_ && memory_->out_version == s.out_version;
  auto version = s.step;
  few_values buffer{ins_.size()};
  auto gradients = buffer.all();
  if (cached && memory_->has_backward
      && std::ranges::equal(memory_->cotangent_versions(),
                            s.cotangent_versions())) {
    counters_->skipped.fetch_add(1, std::memory_order_relaxed);
    std::ranges::copy(memory_->in(), gradients.begin());
    version = memory_->gradient_version;
  } else {
    auto runs
      = counters_->backward_runs.fetch_add(1, std::memory_order_relaxed);
    auto timed = is_sampled(runs);
    auto start = timed ? now_ns() : 0;
    result<void> outcome;
    try {
      outcome = run_backward(s, gradients);
    } catch (const failure& x) {
      outcome = fail(x.value());
    } catch (const std::exception& x) {
      outcome = fail(errc::node_failed, x.what());
    }
    if (!outcome) {
      fail_step(s, std::move(outcome.error()), out);
      return;
    }
    if (timed)
      counters_->backward_ns.store(saturate_ns(now_ns() - start),
                                   std::memory_order_relaxed);
    if (cached) {
      memory_->has_backward = true;
      std::ranges::copy(s.cotangent_versions(),
                        memory_->cotangent_versions().begin());
      std::ranges::copy(gradients, memory_->in().begin());
      memory_->gradient_version = version;
    }
  }
  uint8_t flags = cached ? flag::stable : 0;
  auto step = s.step;
  drop(step);
  for (uint32_t i = 0; i < ins_.size(); ++i)
    if (ins_[i].answers)
      out.backward(i, step, {std::move(gradients[i]), version, flags});
  out.pass_turn(pass_direction::backward, step);
}

} // namespace morph
