#include <morph/actors/machine/parameter_machine.hpp>

#include <algorithm>

namespace morph {

parameter_machine::parameter_machine(const machine_context& context, node_id id,
                                     node_counters& counters)
  : node_(&context.plan->net[id]), counters_(&counters) {
  // Absent where only its state will tell: it has moved here.
  slot_.value = node_->attrs.get_or<tensor>("init", {});
  rewire(context);
}

void parameter_machine::rewire(const machine_context& context) {
  context_ = context;
  node_ = &context.plan->net[node_->id];
  outs_ = context.wires->consumers(node_->id);
  answers_ = static_cast<uint32_t>(std::count_if(
    outs_.begin(), outs_.end(), [](auto& e) { return e.answers; }));
  trained_ = context.wires->trained(node_->id);
  auto& wrt = context.plan->wrt;
  wanted_ = std::find(wrt.begin(), wrt.end(), node_->id) != wrt.end();
  cotangents_.assign(outs_.size(), value{});
}

void parameter_machine::on_begin(uint64_t step, uint8_t flags, outlet& out) {
  if (busy_)
    waiting_.push_back({step, flags});
  else
    start({step, flags}, out);
}

void parameter_machine::start(pending x, outlet& out) {
  auto backward = (x.flags & flag::backward) && (trained_ || wanted_);
  uint8_t flags = (x.flags & flag::backward) | (trained_ ? 0 : flag::stable);
  if (backward) {
    busy_ = true;
    current_ = x;
    answered_ = 0;
  }
  for (uint32_t i = 0; i < outs_.size(); ++i)
    out.forward(i, x.step, {slot_.value, version_, flags});
  if (backward && answers_ == 0)
    gather(out);
}

void parameter_machine::next(outlet& out) {
  busy_ = false;
  gradient_ = tensor{};
  std::fill(cotangents_.begin(), cotangents_.end(), value{});
  while (!busy_ && !waiting_.empty()) {
    auto x = waiting_.front();
    waiting_.pop_front();
    start(x, out);
  }
}

void parameter_machine::on_backward(uint32_t slot, uint64_t step, versioned x,
                                    outlet& out) {
  if (!busy_ || current_.step != step || slot >= outs_.size()
      || !outs_[slot].answers)
    return;
  cotangents_[slot] = std::move(x.payload);
  if (++answered_ == answers_)
    gather(out);
}

void parameter_machine::gather(outlet& out) {
  value sum;
  for (auto& x : cotangents_) {
    if (!x)
      continue;
    auto next = add_values(sum, x);
    if (!next) {
      out.failed(current_.step,
                 next.error().at(display_name(*node_), node_->where()));
      return;
    }
    sum = std::move(*next);
  }
  gradient_ = sum ? tensor::from(sum) : tensor{};
  counters_->backward_runs.fetch_add(1, std::memory_order_relaxed);
  auto step = current_.step;
  if (wanted_)
    out.gradient(step, gradient_);
  if (trained_) {
    auto norm2
      = gradient_
            && (context_.plan->clip_norm > 0 || context_.plan->watch_gradients)
          ? sum_of_squares(gradient_)
          : 0.0;
    out.ready(step, norm2, static_cast<bool>(gradient_));
  } else {
    next(out);
  }
}

void parameter_machine::on_recall(uint32_t slot, uint64_t step, outlet& out) {
  if (slot < outs_.size())
    out.forward(slot, step,
                {slot_.value, version_,
                 static_cast<uint8_t>(flag::backward | flag::recalled)});
}

void parameter_machine::on_commit(uint64_t step, double scale, outlet& out) {
  if (!busy_ || current_.step != step)
    return;
  if (gradient_) {
    auto done = context_.plan->update.update(slot_, gradient_, scale);
    if (done)
      version_ = step;
    else
      out.failed(step, done.error().at(display_name(*node_), node_->where()));
  }
  next(out);
}

void parameter_machine::on_cancel(uint64_t step, outlet& out) {
  std::erase_if(waiting_, [step](auto& x) { return x.step == step; });
  if (busy_ && current_.step == step)
    next(out);
}

void parameter_machine::save(byte_writer& f) const {
  f.apply(slot_.value);
  f.apply(slot_.state);
  f.apply(slot_.updates);
  f.apply(version_);
  f.apply(assignments_);
}

bool parameter_machine::load(byte_reader& f) {
  optimiser::slot x;
  uint64_t version = 0;
  uint64_t assignments = 0;
  if (!f.apply(x.value) || !f.apply(x.state) || !f.apply(x.updates)
      || !f.apply(version) || !f.apply(assignments))
    return false;
  auto fits = [this](const tensor& t) { return accepts(node_->outputs[0], t); };
  if (!fits(x.value) || !std::all_of(x.state.begin(), x.state.end(), fits)
      || x.state.size() > 2)
    return false;
  slot_ = std::move(x);
  version_ = version;
  assignments_ = assignments;
  return true;
}

result<void> parameter_machine::assign(tensor x) {
  if (!accepts(node_->outputs[0], x)) {
    auto e = error{errc::shape_mismatch, "cannot assign "
                                           + to_string(type_of(x)) + " to a "
                                           + to_string(node_->outputs[0])};
    return fail(e.at(display_name(*node_), node_->where()));
  }
  slot_ = {std::move(x), {}, 0};
  // Apart from the versions that steps make.
  version_ = (uint64_t{1} << 62) + ++assignments_;
  return {};
}

} // namespace morph
