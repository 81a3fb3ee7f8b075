#include <morph/actors/machine/optimiser.hpp>
#include <morph/graph/type.hpp>

#include <cmath>

namespace morph {

optimiser::optimiser(const sgd& x)
  : kind_(method::sgd), rate_(x.rate), a_(x.momentum),
    weight_decay_(x.weight_decay) {
  // nop
}

optimiser::optimiser(const adam& x)
  : kind_(method::adam), rate_(x.rate), a_(x.beta1), b_(x.beta2),
    epsilon_(x.epsilon), weight_decay_(x.weight_decay) {
  // nop
}

size_t optimiser::state_size() const noexcept {
  switch (kind_) {
    case method::sgd:
      return a_ > 0 ? 1 : 0;
    case method::adam:
      return 2;
    default:
      return 0;
  }
}

result<void> optimiser::update(slot& x, const tensor& gradient,
                               double scale) const {
  if (kind_ == method::none)
    return {};
  if (gradient.type() != x.value.type()
      || !(gradient.shape() == x.value.shape()))
    return fail(errc::bad_derivative_rule,
                "the gradient is " + to_string(type_of(gradient))
                  + ", the parameter " + to_string(type_of(x.value)));
  while (x.state.size() < state_size())
    x.state.push_back(tensor::zeros(x.value.type(), x.value.shape()));
  auto t = static_cast<double>(++x.updates);
  auto next = tensor::uninitialised(x.value.type(), x.value.shape());
  auto n = x.value.elements();
  auto apply = [&](auto zero) {
    using real = decltype(zero);
    auto* value = x.value.data<real>();
    auto* g = gradient.data<real>();
    auto* out = next.mutable_data<real>();
    auto factor = static_cast<real>(scale);
    auto rate = static_cast<real>(rate_);
    auto decay = static_cast<real>(weight_decay_);
    auto a = static_cast<real>(a_);
    if (kind_ == method::sgd && a_ > 0) {
      auto moved = tensor::uninitialised(x.value.type(), x.value.shape());
      auto* u = x.state[0].data<real>();
      auto* v = moved.mutable_data<real>();
      for (int64_t i = 0; i < n; ++i) {
        v[i] = a * u[i] + (g[i] * factor + decay * value[i]);
        out[i] = value[i] - rate * v[i];
      }
      x.state[0] = std::move(moved);
    } else if (kind_ == method::sgd) {
      for (int64_t i = 0; i < n; ++i)
        out[i] = value[i] - rate * (g[i] * factor + decay * value[i]);
    } else {
      auto b = static_cast<real>(b_);
      auto eps = static_cast<real>(epsilon_);
      auto correct1 = static_cast<real>(1 - std::pow(a_, t));
      auto correct2 = static_cast<real>(1 - std::pow(b_, t));
      auto first = tensor::uninitialised(x.value.type(), x.value.shape());
      auto second = tensor::uninitialised(x.value.type(), x.value.shape());
      auto* m0 = x.state[0].data<real>();
      auto* v0 = x.state[1].data<real>();
      auto* m = first.mutable_data<real>();
      auto* v = second.mutable_data<real>();
      for (int64_t i = 0; i < n; ++i) {
        auto gi = g[i] * factor;
        m[i] = a * m0[i] + (1 - a) * gi;
        v[i] = b * v0[i] + (1 - b) * gi * gi;
        auto step = (m[i] / correct1) / (std::sqrt(v[i] / correct2) + eps);
        out[i] = value[i] - rate * (step + decay * value[i]);
      }
      x.state[0] = std::move(first);
      x.state[1] = std::move(second);
    }
  };
  if (x.value.type() == f32)
    apply(float{});
  else
    apply(double{});
  x.value = std::move(next);
  return {};
}

double sum_of_squares(const tensor& x) {
  double sum = 0;
  visit_dtype(x.type(), [&](auto zero) {
    for (auto y : x.span<decltype(zero)>())
      sum += static_cast<double>(y) * static_cast<double>(y);
  });
  return sum;
}

} // namespace morph
