#include <morph/autodiff/node_backward.hpp>
#include <morph/graph/borrowed_values.hpp>
#include <morph/graph/tensor.hpp>

#include <algorithm>
#include <array>

namespace morph {

namespace {

constexpr size_t usual_arguments = 16;

bool is_null(const value& x) noexcept {
  return !x;
}

} // namespace

bool node_rule::has_gradient(size_t i) const noexcept {
  return std::find(targets_.begin(), targets_.end(), i) != targets_.end();
}

result<void> node_rule::run(std::span<const value> inputs,
                            std::span<const value> outputs,
                            std::span<const value> cotangents,
                            std::span<value> gradients) const {
  for (auto& x : gradients)
    x = value{};
  if (std::all_of(cotangents.begin(), cotangents.end(), is_null))
    return {};
  std::vector<value> zeros;
  if (std::any_of(cotangents.begin(), cotangents.end(), is_null)) {
    zeros.assign(cotangents.begin(), cotangents.end());
    for (size_t i = 0; i < zeros.size(); ++i)
      if (auto& y = as_tensor(outputs[i]); !zeros[i])
        zeros[i] = tensor::zeros(y.type(), y.shape());
    cotangents = zeros;
  }
  borrowed_values<usual_arguments> arguments{arguments_.size()};
  for (auto& x : arguments_) {
    auto from = x.from == argument::kind::input    ? inputs
                : x.from == argument::kind::output ? outputs
                                                   : cotangents;
    arguments.push_back(from[x.index]);
  }
  std::array<value, usual_arguments> few;
  std::vector<value> many;
  std::span<value> results{few.data(), std::min(targets_.size(), few.size())};
  if (targets_.size() > few.size()) {
    many.resize(targets_.size());
    results = many;
  }
  auto done = program_.run(arguments.view(), results);
  if (!done) {
    auto e = std::move(done.error());
    e.node.clear();
    e.where = {};
    return fail(std::move(e));
  }
  for (size_t i = 0; i < targets_.size(); ++i)
    gradients[targets_[i]] = std::move(results[i]);
  return {};
}

value shape_of(const value& x) {
  if (!tensor::holds(x))
    return x;
  static const auto nobody = std::make_shared<const int>(0);
  auto& t = as_tensor(x);
  return tensor::view(t.type(), t.shape(), nullptr, nobody);
}

bool lacks_elements(const value& x) noexcept {
  if (!x || !tensor::holds(x))
    return !x;
  auto& t = as_tensor(x);
  return t.elements() > 0 && t.raw().data() == nullptr;
}

} // namespace morph
