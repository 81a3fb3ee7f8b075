// The forward half of a node machine, and what both halves share.
#include <morph/actors/machine/node_machine.hpp>
#include <morph/actors/machine/node_steps.hpp>
#include <morph/actors/machine/value_ledger.hpp>
#include <morph/graph/clock.hpp>

#include <algorithm>
#include <utility>

namespace morph {

node_machine::node_machine(const machine_context& context, node_id id,
                           node_counters& counters)
  : node_(&context.plan->net[id]), counters_(&counters) {
  if (node_->user) {
    user_ = node_->user->clone();
    stateless_ = user_->stateless();
  }
  rewire(context);
}

node_machine::~node_machine() {
  while (live_)
    drop(live_->step);
  forget();
}

void node_machine::rewire(const machine_context& context) {
  forget();
  context_ = context;
  node_ = &context.plan->net[node_->id];
  ins_ = context.wires->inputs(node_->id);
  outs_ = context.wires->consumers(node_->id);
  auto live
    = std::count_if(ins_.begin(), ins_.end(), [](auto& e) { return !e.bound; });
  arrivals_ = std::max(1u, static_cast<uint32_t>(live));
  awaits_turn_ = context.wires->awaits_turn(id(), pass_direction::forward);
  answers_ = static_cast<uint32_t>(std::count_if(
    outs_.begin(), outs_.end(), [](auto& e) { return e.answers; }));
  answers_ += context.wires->awaits_turn(id(), pass_direction::backward);
  differentiates_ = context.wires->differentiates(*node_);
  places_ = {static_cast<uint32_t>(ins_.size()),
             static_cast<uint32_t>(node_->outputs.size()),
             differentiates_ ? static_cast<uint32_t>(outs_.size()) : 0};
  spare_.reset();
}

node_machine::step_state* node_machine::find(uint64_t step) noexcept {
  auto* s = live_.get();
  while (s && s->step != step)
    s = s->next.get();
  return s;
}

size_t node_machine::steps_held() const noexcept {
  size_t out = 0;
  for (auto* s = live_.get(); s; s = s->next.get())
    ++out;
  return out;
}

node_machine::step_state* node_machine::find_or_make(uint64_t step) {
  if (auto* s = find(step))
    return s;
  auto s = std::move(spare_);
  if (!s) {
    s = step_state::make(places_);
    for (size_t i = 0; i < ins_.size(); ++i)
      if (ins_[i].bound)
        s->in()[i]
          = context_.plan->net[ins_[i].from.node].attrs.get<tensor>("value");
  }
  s->step = step;
  s->next = std::move(live_);
  live_ = std::move(s);
  return live_.get();
}

// Forward values are what nodes compute in training steps: parameters,
// constants and what the session feeds are held anyway.
bool node_machine::accounted(const step_state& s, size_t port) const noexcept {
  return context_.ledger && s.wants_backward
         && !context_.plan->net[ins_[port].from.node].inputs.empty();
}

void node_machine::hold_input(step_state& s, size_t port, value x) {
  if (accounted(s, port))
    context_.ledger->hold(x);
  s.in()[port] = std::move(x);
}

void node_machine::release_input(step_state& s, size_t port) {
  if (ins_[port].bound)
    return;
  if (accounted(s, port))
    context_.ledger->release(s.in()[port]);
  s.in()[port] = nullptr;
}

void node_machine::hold_outputs(step_state& s) {
  if (context_.ledger && s.wants_backward)
    for (auto& x : s.out())
      context_.ledger->hold(x);
}

void node_machine::release_output(step_state& s, size_t port) {
  if (context_.ledger && s.wants_backward)
    context_.ledger->release(s.out()[port]);
  s.out()[port] = nullptr;
}

void node_machine::drop(uint64_t step) {
  auto* link = &live_;
  while (*link && (*link)->step != step)
    link = &(*link)->next;
  if (!*link)
    return;
  auto s = std::move(*link);
  *link = std::move(s->next);
  for (size_t k = 0; k < s->in().size(); ++k)
    release_input(*s, k);
  for (size_t k = 0; k < s->out().size(); ++k)
    release_output(*s, k);
  for (auto& x : s->cotangents())
    x = nullptr;
  s->recalled_by.clear();
  s->residual.reset();
  s->arrived = s->answered = s->outstanding = 0;
  s->wants_backward = s->begun = s->forward_done = false;
  s->stable = true;
  spare_ = std::move(s);
}

bool node_machine::is_cancelled(uint64_t step) const noexcept {
  return std::find(cancelled_.begin(), cancelled_.end(), step)
         != cancelled_.end();
}

void node_machine::on_cancel(uint64_t step) {
  // Messages of a cancelled step may still be on their way; steps in flight
  // are far fewer than what is remembered here.
  constexpr size_t most_remembered = 64;
  if (is_cancelled(step))
    return;
  if (cancelled_.size() == most_remembered)
    cancelled_.erase(cancelled_.begin());
  cancelled_.push_back(step);
  drop(step);
}

void node_machine::fail_step(step_state& s, error e, outlet& out) {
  e.at(display_name(*node_), node_->where());
  auto step = s.step;
  on_cancel(step);
  out.failed(step, std::move(e));
}

void node_machine::on_forward(uint32_t port, uint64_t step, versioned x,
                              outlet& out) {
  if (port >= ins_.size() || is_cancelled(step))
    return;
  if (x.flags & flag::recalled) {
    if (auto* s = find(step);
        s && s->outstanding > 0 && lacks_elements(s->in()[port])) {
      hold_input(*s, port, std::move(x.payload));
      if (--s->outstanding == 0)
        continue_recalls(*s, out);
    }
    return;
  }
  auto& s = *find_or_make(step);
  if (s.in()[port] || s.forward_done)
    return; // a duplicate
  s.wants_backward = s.wants_backward || (x.flags & flag::backward);
  hold_input(s, port, std::move(x.payload));
  s.in_versions()[port] = x.version;
  s.stable = s.stable && (x.flags & flag::stable);
  arrive(s, out);
}

void node_machine::on_begin(uint64_t step, uint8_t flags, outlet& out) {
  if (is_cancelled(step))
    return;
  auto& s = *find_or_make(step);
  if (std::exchange(s.begun, true))
    return; // a duplicate
  s.wants_backward = flags & flag::backward;
  arrive(s, out);
}

void node_machine::on_turn(pass_direction d, uint64_t step, outlet& out) {
  if (is_cancelled(step))
    return;
  auto& s = *find_or_make(step);
  s.wants_backward = true;
  if (d == pass_direction::forward) {
    arrive(s, out);
  } else {
    ++s.answered;
    try_backward(s, out);
  }
}

/// Counts an input, the begin of a step or a turn.
void node_machine::arrive(step_state& s, outlet& out) {
  if (++s.arrived == arrivals_ + (awaits_turn_ && s.wants_backward))
    fire_forward(s, out);
}

bool node_machine::unchanged(step_state& s) const noexcept {
  return memory_ && std::ranges::equal(memory_->in_versions(), s.in_versions());
}

bool node_machine::compute(step_state& s, outlet& out) {
  auto runs = counters_->forward_runs.fetch_add(1, std::memory_order_relaxed);
  auto timed = is_sampled(runs);
  auto start = timed ? now_ns() : 0;
  result<void> outcome;
  if (user_) {
    auto xs = s.wants_backward && differentiates_
                ? user_->forward_keeping(s.in(), s.residual)
                : user_->forward(s.in());
    if (!xs) {
      outcome = fail(std::move(xs.error()));
    } else if (xs->size() != node_->outputs.size()) {
      outcome
        = fail(errc::wrong_arity,
               "'forward' returned " + std::to_string(xs->size()) + " values");
    } else {
      for (size_t i = 0; i < xs->size() && outcome; ++i)
        if (!accepts(node_->outputs[i], (*xs)[i]))
          outcome = fail(
            error{errc::type_mismatch, "output " + std::to_string(i) + " is "
                                         + to_string(type_of((*xs)[i]))
                                         + ", declared as "
                                         + to_string(node_->outputs[i])}
              .remedy("declare the result with 'output_type' in the node"));
      if (outcome)
        std::move(xs->begin(), xs->end(), s.out().begin());
    }
  } else {
    try {
      outcome = node_->kind->run(s.in(), s.out(), node_->attrs);
    } catch (const failure& x) {
      outcome = fail(x.value());
    } catch (const std::exception& x) {
      outcome = fail(errc::node_failed, x.what());
    }
  }
  if (!outcome) {
    for (auto& x : s.out())
      x = nullptr;
    fail_step(s, std::move(outcome.error()), out);
    return false;
  }
  hold_outputs(s);
  if (timed)
    counters_->forward_ns.store(saturate_ns(now_ns() - start),
                                std::memory_order_relaxed);
  return true;
}

void node_machine::forget() {
  if (memory_ && context_.cache_left)
    context_.cache_left->fetch_add(memory_->bytes, std::memory_order_relaxed);
  memory_.reset();
}

void node_machine::remember(step_state& s) {
  auto wanted = node_->hint.cache == cache_hint::cache
                || (s.stable && node_->hint.cache == cache_hint::automatic);
  if (!wanted || !stateless_ || !context_.cache_left) {
    forget();
    return;
  }
  int64_t bytes = 0;
  for (auto& x : s.out())
    bytes += static_cast<int64_t>(x.bytes());
  auto more = bytes - (memory_ ? memory_->bytes : 0);
  if (context_.cache_left->fetch_sub(more, std::memory_order_relaxed) < more) {
    context_.cache_left->fetch_add(more, std::memory_order_relaxed);
    forget();
    return;
  }
  if (!memory_)
    memory_ = memory::make(places_);
  std::ranges::copy(s.in_versions(), memory_->in_versions().begin());
  std::ranges::copy(s.out(), memory_->out().begin());
  for (auto& x : memory_->in())
    x = nullptr;
  memory_->out_version = s.out_version;
  memory_->bytes = bytes;
  memory_->has_backward = false;
}

void node_machine::fire_forward(step_state& s, outlet& out) {
  if (unchanged(s)) {
    counters_->skipped.fetch_add(1, std::memory_order_relaxed);
    std::ranges::copy(memory_->out(), s.out().begin());
    s.out_version = memory_->out_version;
    hold_outputs(s);
  } else {
    if (!compute(s, out))
      return;
    s.out_version = s.step;
    remember(s);
  }
  s.forward_done = true;
  auto step = s.step;
  send_results(s, out);
  if (!s.wants_backward) {
    drop(step);
    return;
  }
  if (!differentiates_) {
    answer_none(s, out);
  } else {
    release_after_forward(s);
    try_backward(s, out);
  }
  out.pass_turn(pass_direction::forward, step);
}

void node_machine::send_results(step_state& s, outlet& out) {
  uint8_t flags = (s.wants_backward ? flag::backward : 0)
                  | (s.stable && stateless_ ? flag::stable : 0);
  for (uint32_t i = 0; i < outs_.size(); ++i)
    out.forward(i, s.step, {s.out()[outs_[i].port], s.out_version, flags});
}

void node_machine::release_after_forward(step_state& s) {
  if (!user_ && !rule_) {
    std::vector<port_type> types;
    auto wants = std::make_unique<bool[]>(ins_.size());
    for (size_t i = 0; i < ins_.size(); ++i) {
      types.push_back(context_.plan->net.type_of(ins_[i].from));
      wants[i] = ins_[i].answers;
    }
    auto rule = make_node_rule(*node_, types, {wants.get(), ins_.size()});
    // A missing rule shows when a cotangent arrives.
    if (rule)
      rule_ = std::move(*rule);
  }
  auto recomputes = context_.plan->recomputes(node_->id) && stateless_;
  if (recomputes)
    s.residual.reset();
  for (uint32_t i = 0; i < ins_.size(); ++i) {
    auto use = input_use(i);
    if (ins_[i].bound
        || (!ins_[i].drops && (use == rule_use::elements || recomputes)))
      continue;
    auto left = use == rule_use::shape ? shape_of(s.in()[i]) : value{};
    release_input(s, i);
    s.in()[i] = std::move(left);
  }
  for (uint32_t i = 0; i < s.out().size(); ++i) {
    auto use = output_use(i);
    if (!recomputes && use == rule_use::elements)
      continue;
    auto left = use == rule_use::shape ? shape_of(s.out()[i]) : value{};
    release_output(s, i);
    s.out()[i] = std::move(left);
  }
}

/// What the backward of this node reads of an input.
rule_use node_machine::input_use(uint32_t i) const noexcept {
  if (user_)
    return rule_use::elements;
  return rule_ ? rule_->input_use(i) : rule_use::nothing;
}

/// The same of an output.
rule_use node_machine::output_use(uint32_t i) const noexcept {
  return !user_ && rule_ ? rule_->output_use(i) : rule_use::nothing;
}

} // namespace morph
