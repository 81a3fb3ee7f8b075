#include <morph/autodiff/path/traced.hpp>

namespace morph {

traced::traced(std::shared_ptr<const path_step> from, uint32_t port)
  : value_(from->run.outputs[port]), from_(std::move(from)), port_(port) {
  // nop
}

traced traced::leaf(value x) {
  auto step = std::make_shared<path_step>();
  step->run.outputs = {std::move(x)};
  return {std::move(step), 0};
}

// A path is as long as the program that took it: its steps are freed one
// after the other and not each by the next.
path_step::~path_step() {
  auto open = std::move(inputs);
  while (!open.empty()) {
    auto x = std::move(open.back());
    open.pop_back();
    auto& step = x.from();
    if (step && step.use_count() == 1) {
      open.insert(open.end(), std::make_move_iterator(step->inputs.begin()),
                  std::make_move_iterator(step->inputs.end()));
      step->inputs.clear();
    }
  }
}

std::vector<value> path_step::input_values() const {
  std::vector<value> out;
  for (auto& x : inputs)
    out.push_back(x.get());
  return out;
}

std::vector<traced> run_traced(std::shared_ptr<const compiled_block> what,
                               std::vector<traced> inputs) {
  auto step = std::make_shared<path_step>();
  step->what = std::move(what);
  step->inputs = std::move(inputs);
  step->run = unwrap(step->what->forward(step->input_values()));
  std::vector<traced> out;
  for (uint32_t i = 0; i < step->run.outputs.size(); ++i)
    out.emplace_back(step, i);
  return out;
}

} // namespace morph
