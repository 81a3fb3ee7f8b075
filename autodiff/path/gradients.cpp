#include <morph/autodiff/path/gradients.hpp>

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace morph {

namespace {

/// Who gave a cotangent: a use by a step, or a seed, which counts last.
struct contribution {
  uint32_t port;
  size_t consumer;
  size_t part;
  value cotangent;

  auto order() const noexcept {
    return std::tuple{port, consumer, part};
  }
};

class path_walk {
public:
  void enter(const traced& output) {
    if (output.from())
      visit(output.from().get());
  }

  void give(const traced& to, size_t consumer, size_t part, value x) {
    if (to.from())
      open_[number_.at(to.from().get())].push_back(
        {to.port(), consumer, part, std::move(x)});
  }

  void run() {
    for (auto i = order_.size(); i-- > 0;)
      backward(i);
  }

  size_t size() const noexcept {
    return order_.size();
  }

  void want(const traced& leaf) {
    wanted_.emplace(leaf.from().get(), value{});
  }

  value taken(const traced& leaf) const {
    return wanted_.at(leaf.from().get());
  }

private:
  struct frame {
    const path_step* step;
    size_t next; // input
  };

  void visit(const path_step* root) {
    if (number_.contains(root))
      return;
    std::vector<frame> stack{{root, 0}};
    number_.emplace(root, 0);
    while (!stack.empty()) {
      auto& top = stack.back();
      if (top.next == top.step->inputs.size()) {
        number_[top.step] = order_.size();
        order_.push_back(top.step);
        open_.emplace_back();
        stack.pop_back();
        continue;
      }
      auto* below = top.step->inputs[top.next++].from().get();
      if (below && number_.emplace(below, 0).second)
        stack.push_back({below, 0});
    }
  }

  void backward(size_t i) {
    auto& step = *order_[i];
    auto given = std::move(open_[i]);
    if (given.empty())
      return;
    std::sort(given.begin(), given.end(),
              [](auto& a, auto& b) { return a.order() < b.order(); });
    std::vector<value> cotangents(step.run.outputs.size());
    for (auto& x : given)
      cotangents[x.port] = unwrap(add_values(cotangents[x.port], x.cotangent));
    if (!step.what) {
      if (auto at = wanted_.find(&step); at != wanted_.end())
        at->second = cotangents[0];
      return;
    }
    auto parts
      = unwrap(step.what->backward(step.input_values(), step.run, cotangents));
    for (size_t k = 0; k < parts.size(); ++k)
      give(step.inputs[parts[k].input], i, k, std::move(parts[k].cotangent));
  }

  std::unordered_map<const path_step*, size_t> number_;
  std::unordered_map<const path_step*, value> wanted_;
  std::vector<const path_step*> order_;
  std::vector<std::vector<contribution>> open_;
};

} // namespace

std::vector<value> pull_back(std::span<const traced> outputs,
                             std::span<const value> seeds,
                             std::span<const traced> leaves) {
  path_walk walk;
  for (auto& x : outputs)
    walk.enter(x);
  for (auto& x : leaves) {
    if (!x.from() || x.from()->what)
      throw failure{error{errc::not_differentiable,
                          "a gradient is asked for a value that is no leaf"}
                      .remedy("make it with traced::leaf")};
    walk.want(x);
  }
  for (size_t i = 0; i < outputs.size(); ++i)
    if (seeds[i])
      walk.give(outputs[i], walk.size(), i, seeds[i]);
  walk.run();
  std::vector<value> out;
  for (auto& x : leaves)
    out.push_back(walk.taken(x));
  return out;
}

std::vector<value> gradients(const traced& loss,
                             std::span<const traced> leaves) {
  if (!tensor::holds(loss.get()) || loss.as_tensor().elements() != 1)
    throw failure{error{errc::non_scalar_loss,
                        "the loss is " + to_string(type_of(loss.get()))
                          + ", not one number"}};
  auto& y = loss.as_tensor();
  value seed{tensor::full(y.type(), y.shape(), 1)};
  auto out = pull_back({&loss, 1}, {&seed, 1}, leaves);
  for (size_t i = 0; i < out.size(); ++i)
    if (!out[i] && tensor::holds(leaves[i].get())) {
      auto& x = leaves[i].as_tensor();
      out[i] = value{tensor::zeros(x.type(), x.shape())};
    }
  return out;
}

std::vector<tensor> gradients(const traced& loss,
                              const std::vector<traced>& leaves) {
  std::vector<tensor> out;
  for (auto& x : gradients(loss, std::span<const traced>{leaves}))
    out.push_back(tensor::from(x));
  return out;
}

} // namespace morph
