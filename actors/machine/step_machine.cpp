#include <morph/actors/machine/step_machine.hpp>

#include <algorithm>
#include <cmath>

namespace morph {

struct step_machine::step_state {
  uint64_t step = 0;
  bool backward = false;
  bool partial = false; // inputs are missing that nothing wanted depends on
  size_t missing_results = 0;
  size_t missing_gradients = 0;
  size_t missing_ready = 0;
  step_output output;
  std::vector<bool> wanted; // by result
  // Per entry of `wrt` that is an input: cotangents by slot.
  std::vector<std::vector<value>> cotangents;
  std::vector<uint32_t> missing_answers;
  std::vector<double> norms; // per trained parameter
};

namespace {

// Small values are compared by content, so that feeding an equal number again
// counts as unchanged.
constexpr size_t compare_up_to = 4096;

bool same_value(const value& a, const value& b) noexcept {
  if (a == b)
    return true;
  return tensor::holds(a) && tensor::holds(b) && a.bytes() <= compare_up_to
         && as_tensor(a).bit_equal(as_tensor(b));
}

feed_list::const_iterator find_feed(const feed_list& xs, node_id n) noexcept {
  return std::find_if(xs.begin(), xs.end(),
                      [n](auto& f) { return f.first == n; });
}

bool is_step_number(const graph_node& n) noexcept {
  return n.is(builtin::input) && n.name == "step"
         && n.outputs[0] == port_type{i64, {}};
}

} // namespace

step_machine::step_machine(const deployment& plan, const wiring& wires)
  : plan_(plan), wires_(wires), seeds_(plan.results.size()) {
  // nop
}

step_machine::~step_machine() {
  // nop
}

size_t step_machine::wrt_index(node_id n) const noexcept {
  return static_cast<size_t>(std::find(plan_.wrt.begin(), plan_.wrt.end(), n)
                             - plan_.wrt.begin());
}

/// By node: whether one of the results depends on it; empty: all nodes.
std::vector<bool> step_machine::needed_for(
  const std::vector<uint32_t>& wanted) const {
  if (wanted.empty())
    return {};
  std::vector<bool> out(plan_.net.size(), false);
  for (auto r : wanted)
    out[plan_.results[r].node] = true;
  for (auto n = plan_.net.size(); n-- > 0;)
    if (out[n])
      for (auto& in : plan_.net[static_cast<node_id>(n)].inputs)
        out[in.node] = true;
  return out;
}

result<void> step_machine::check(const step_order& x) const {
  auto needed = needed_for(x.wanted);
  for (auto n : wires_.input_nodes()) {
    auto& node = plan_.net[n];
    auto i = find_feed(x.feeds, n);
    if (i == x.feeds.end()) {
      if (is_step_number(node) || (!needed.empty() && !needed[n]))
        continue;
      auto e = error{errc::missing_input,
                     "the step has no value for this "
                     "input, declared as "
                       + to_string(node.outputs[0])};
      return fail(e.at(display_name(node), node.where()));
    }
    if (!accepts(node.outputs[0], i->second)) {
      auto have = type_of(i->second);
      auto code = !have.is_tensor() || !node.outputs[0].is_tensor()
                    ? errc::type_mismatch
                  : have.type() != node.outputs[0].type()
                    ? errc::dtype_mismatch
                    : errc::shape_mismatch;
      auto e = error{code, "the value fed is " + to_string(have)
                             + ", the input was declared as "
                             + to_string(node.outputs[0])};
      return fail(e.at(display_name(node), node.where()));
    }
  }
  return {};
}

step_machine::step_state* step_machine::find(uint64_t step) noexcept {
  for (auto& s : live_)
    if (s->step == step)
      return s.get();
  return nullptr;
}

void step_machine::start(uint64_t step, const step_order& x, step_outlet& out) {
  auto owned = std::make_unique<step_state>();
  auto& s = *owned;
  s.step = s.output.step = step;
  s.backward = x.backward && plan_.has_backward();
  s.output.results.resize(plan_.results.size());
  auto inputs = wires_.input_nodes();
  s.partial = std::any_of(inputs.begin(), inputs.end(), [&](node_id n) {
    return find_feed(x.feeds, n) == x.feeds.end()
           && !is_step_number(plan_.net[n]);
  });
  s.wanted.assign(plan_.results.size(), !s.partial);
  for (auto r : x.wanted)
    s.wanted[r] = true;
  s.missing_results
    = static_cast<size_t>(std::count(s.wanted.begin(), s.wanted.end(), true));
  if (s.backward) {
    s.output.gradients.resize(plan_.wrt.size());
    s.missing_gradients = plan_.wrt.size();
    s.missing_ready = wires_.trained_parameters().size();
    s.norms.resize(s.missing_ready);
    s.cotangents.resize(plan_.wrt.size());
    s.missing_answers.resize(plan_.wrt.size());
    for (size_t i = 0; i < plan_.wrt.size(); ++i) {
      auto n = plan_.wrt[i];
      if (!plan_.net[n].is(builtin::input))
        continue;
      auto edges = wires_.consumers(n);
      s.cotangents[i].resize(edges.size());
      s.missing_answers[i] = static_cast<uint32_t>(std::count_if(
        edges.begin(), edges.end(), [](auto& e) { return e.answers; }));
      if (s.missing_answers[i] == 0)
        --s.missing_gradients;
    }
  }
  live_.push_back(std::move(owned));
  uint8_t flags = s.backward ? flag::backward : 0;
  out.begin(step, flags);
  for (auto n : wires_.input_nodes()) {
    auto fed = find_feed(x.feeds, n);
    auto& node = plan_.net[n];
    if (fed == x.feeds.end() && !is_step_number(node))
      continue;
    auto content = fed == x.feeds.end()
                     ? value{tensor::scalar(static_cast<int64_t>(step))}
                     : fed->second;
    auto& input = inputs_[n];
    if (!same_value(input.last, content)) {
      input.last = content;
      input.version = step;
    }
    auto stable = static_cast<uint8_t>(is_step_number(node) ? 0 : flag::stable);
    for (auto& edge : wires_.consumers(n))
      if (edge.to != session_node)
        out.forward(edge, step,
                    {content, input.version,
                     static_cast<uint8_t>(flags | stable)});
      else
        on_result(edge.to_port, step, {content, input.version, flags}, out);
  }
  // What is known beforehand comes from here too.
  for (uint32_t r = 0; r < plan_.results.size(); ++r) {
    auto& node = plan_.net[plan_.results[r].node];
    if (node.is(builtin::constant))
      on_result(r, step, {node.attrs.get<tensor>("value"), 0, flags}, out);
  }
  if (auto* still = find(step))
    try_finish(*still, out);
}

void step_machine::on_result(uint32_t index, uint64_t step, versioned x,
                             step_outlet& out) {
  auto* s = find(step);
  if (!s || index >= s->output.results.size() || !s->wanted[index]
      || s->output.results[index])
    return;
  s->output.results[index] = std::move(x.payload);
  --s->missing_results;
  if (s->backward
      && std::find(plan_.losses.begin(), plan_.losses.end(), index)
           != plan_.losses.end())
    seed_loss(*s, index, out);
  if (auto* still = find(step))
    try_finish(*still, out);
}

void step_machine::seed_loss(step_state& s, uint32_t index, step_outlet& out) {
  auto from = plan_.results[index];
  if (!wires_.needs_gradient(from))
    return;
  auto& x = s.output.results[index];
  auto& node = plan_.net[from.node];
  if (!tensor::holds(x) || as_tensor(x).elements() != 1) {
    auto e = error{errc::non_scalar_loss,
                   "the loss is " + to_string(type_of(x)) + ", not one number"};
    on_failed(s.step, e.at(display_name(node), node.where()), out);
    return;
  }
  auto& t = as_tensor(x);
  auto& seed = seeds_[index];
  if (!seed || seed.type() != t.type() || !(seed.shape() == t.shape()))
    seed = tensor::full(t.type(), t.shape(), 1);
  auto edges = wires_.consumers(from.node);
  for (uint32_t slot = 0; slot < edges.size(); ++slot) {
    auto& e = edges[slot];
    if (e.to != session_node || e.to_port != index || !e.answers)
      continue;
    // An input can be its own loss.
    if (node.is(builtin::input))
      on_backward(node.id, slot, s.step, {seed, 1, flag::stable}, out);
    else
      out.seed(node.id, slot, s.step, {seed, 1, flag::stable});
    return;
  }
}

void step_machine::on_backward(node_id input, uint32_t slot, uint64_t step,
                               versioned x, step_outlet& out) {
  auto* s = find(step);
  if (!s || !s->backward)
    return;
  auto i = wrt_index(input);
  if (i == plan_.wrt.size() || slot >= s->cotangents[i].size()
      || s->missing_answers[i] == 0)
    return;
  s->cotangents[i][slot] = std::move(x.payload);
  if (--s->missing_answers[i] > 0)
    return;
  value sum;
  for (auto& y : s->cotangents[i]) {
    auto next = add_values(sum, y);
    if (!next) {
      auto& node = plan_.net[input];
      on_failed(step, next.error().at(display_name(node), node.where()), out);
      return;
    }
    sum = std::move(*next);
  }
  s->output.gradients[i] = std::move(sum);
  --s->missing_gradients;
  try_finish(*s, out);
}

void step_machine::on_gradient(node_id parameter, uint64_t step, value x,
                               step_outlet& out) {
  auto* s = find(step);
  auto i = wrt_index(parameter);
  if (!s || i == plan_.wrt.size() || s->missing_gradients == 0)
    return;
  s->output.gradients[i] = std::move(x);
  --s->missing_gradients;
  try_finish(*s, out);
}

void step_machine::on_ready(node_id parameter, uint64_t step, double norm2,
                            bool, step_outlet& out) {
  auto* s = find(step);
  if (!s || s->missing_ready == 0)
    return;
  auto params = wires_.trained_parameters();
  auto i = std::lower_bound(params.begin(), params.end(), parameter);
  if (i == params.end() || *i != parameter)
    return;
  if (plan_.watch_gradients && !std::isfinite(norm2)) {
    auto& node = plan_.net[parameter];
    auto e = error{errc::non_finite_gradient,
                   "the gradient holds NaN or infinity; the step was dropped"};
    on_failed(step, e.at(display_name(node), node.where()), out);
    return;
  }
  s->norms[static_cast<size_t>(i - params.begin())] = norm2;
  --s->missing_ready;
  try_finish(*s, out);
}

void step_machine::try_finish(step_state& s, step_outlet& out) {
  if (s.missing_results + s.missing_gradients + s.missing_ready > 0)
    return;
  if (!s.norms.empty()) {
    double sum = 0;
    for (auto x : s.norms)
      sum += x;
    auto norm = std::sqrt(sum);
    auto scale = plan_.clip_norm > 0 && norm > plan_.clip_norm
                   ? plan_.clip_norm / norm
                   : 1.0;
    out.commit(s.step, scale);
  }
  if (s.partial)
    out.cancel(s.step);
  auto output = std::move(s.output);
  end(s, std::move(output), out);
}

void step_machine::end(step_state& s, result<step_output> x, step_outlet& out) {
  auto step = s.step;
  std::erase_if(live_, [step](auto& y) { return y->step == step; });
  out.done(step, std::move(x));
}

void step_machine::on_failed(uint64_t step, error what, step_outlet& out) {
  auto* s = find(step);
  if (!s)
    return;
  out.cancel(step);
  end(*s, fail(std::move(what)), out);
}

void step_machine::fail_all(const error& what, step_outlet& out) {
  while (!live_.empty())
    on_failed(live_.front()->step, what, out);
}

void step_machine::tell_waits(std::vector<std::string>& out) const {
  for (auto& s : live_) {
    auto text = "step " + std::to_string(s->step) + " waits for";
    auto sep = " ";
    for (size_t r = 0; r < s->wanted.size(); ++r) {
      if (!s->wanted[r] || s->output.results[r])
        continue;
      auto& node = plan_.net[plan_.results[r].node];
      text += sep
              + ("'" + display_name(node) + "' on "
                 + plan_.hosts[plan_.host_of[node.id]]);
      sep = ", ";
    }
    if (s->missing_ready > 0)
      text += sep + std::to_string(s->missing_ready) + " parameters";
    else if (s->missing_gradients > 0)
      text += sep + std::to_string(s->missing_gradients) + " gradients";
    out.push_back(std::move(text));
  }
}

} // namespace morph
