// What nodes wait for, in words.
#include <morph/actors/machine/node_steps.hpp>
#include <morph/actors/machine/parameter_machine.hpp>

namespace morph {

namespace {

std::string opening(const graph_node& n, uint64_t step) {
  return "step " + std::to_string(step) + ": '" + display_name(n)
         + "' waits for ";
}

std::string whereabouts(const deployment& plan, node_id n) {
  if (n >= plan.net.size())
    return "the session";
  auto& node = plan.net[n];
  auto out = "'" + display_name(node) + "'";
  return runs_somewhere(node) ? out + " on " + plan.hosts[plan.host_of[n]]
                              : out;
}

} // namespace

void node_machine::tell_waits(std::vector<std::string>& out) const {
  auto& plan = *context_.plan;
  for (auto* s = live_.get(); s; s = s->next.get()) {
    auto in = s->in();
    if (!s->forward_done) {
      for (size_t k = 0; k < in.size(); ++k)
        if (!in[k])
          out.push_back(opening(*node_, s->step) + "input " + std::to_string(k)
                        + " from " + whereabouts(plan, ins_[k].from.node));
    } else if (s->outstanding > 0) {
      out.push_back(opening(*node_, s->step) + std::to_string(s->outstanding)
                    + " values that it has recalled");
    } else if (s->wants_backward && s->answered < answers_) {
      auto text = opening(*node_, s->step)
                  + std::to_string(answers_ - s->answered) + " of "
                  + std::to_string(answers_) + " gradients from";
      for (auto& e : outs_)
        if (e.answers)
          text += ' ' + whereabouts(plan, e.to);
      out.push_back(std::move(text));
    }
  }
}

void parameter_machine::tell_waits(std::vector<std::string>& out) const {
  if (!busy_)
    return;
  auto text = opening(*node_, current_.step);
  if (answered_ == answers_) {
    text += "its commit";
  } else {
    text += std::to_string(answers_ - answered_) + " of "
            + std::to_string(answers_) + " gradients from";
    for (auto& e : outs_)
      if (e.answers)
        text += ' ' + whereabouts(*context_.plan, e.to);
  }
  out.push_back(std::move(text));
}

} // namespace morph
