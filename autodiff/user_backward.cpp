#include <morph/autodiff/user_backward.hpp>
#include <morph/graph/tensor.hpp>

#include <algorithm>

namespace morph {

namespace {

constexpr std::string_view backward_name = "autodiff/user_backward";
constexpr std::string_view sum_name = "autodiff/value_sum";

size_t count(const std::vector<bool>& xs) noexcept {
  return static_cast<size_t>(std::count(xs.begin(), xs.end(), true));
}

// Masks travel as one byte per bit.
std::string to_bytes(const std::vector<bool>& xs) {
  return {xs.begin(), xs.end()};
}

std::vector<bool> to_mask(const std::string& xs) {
  std::vector<bool> out;
  for (auto x : xs)
    out.push_back(x != 0);
  return out;
}

// A gradient as a value of the graph: never none, and of the input's shape.
result<value> checked(value gradient, const value& input, size_t i) {
  auto is_tensor = tensor::holds(input);
  if (!gradient) {
    if (is_tensor)
      return tensor::zeros(as_tensor(input).type(), as_tensor(input).shape());
    return fail(errc::bad_derivative_rule,
                "backward gave no gradient for input " + std::to_string(i)
                  + ", whose type has no zero");
  }
  auto have = type_of(gradient);
  auto want = type_of(input);
  if (is_tensor && have != want)
    return fail(errc::bad_derivative_rule, "backward gave " + to_string(have)
                                             + " for input " + std::to_string(i)
                                             + ", which is " + to_string(want));
  return gradient;
}

} // namespace

user_backward::user_backward(const user_node& forward_node,
                             std::vector<bool> wanted,
                             std::vector<bool> present)
  : node_(forward_node.clone()), wanted_(std::move(wanted)),
    present_(std::move(present)) {
  // nop
}

std::string_view user_backward::type_name() const noexcept {
  return backward_name;
}

std::unique_ptr<user_node> user_backward::clone() const {
  if (!node_)
    return std::make_unique<user_backward>();
  return std::make_unique<user_backward>(*node_, wanted_, present_);
}

size_t user_backward::num_inputs() const noexcept {
  return wanted_.size() + count(present_);
}

size_t user_backward::num_outputs() const noexcept {
  return count(wanted_);
}

result<std::vector<port_type>> user_backward::infer(
  std::span<const port_type> in) const {
  std::vector<port_type> out;
  for (size_t i = 0; i < wanted_.size() && i < in.size(); ++i)
    if (wanted_[i])
      out.push_back(in[i]);
  return out;
}

result<std::vector<value>> user_backward::forward(std::span<const value> in) {
  if (!node_ || in.size() != num_inputs())
    return fail(errc::wrong_arity, "a backward node takes "
                                     + std::to_string(num_inputs())
                                     + " inputs");
  auto next = in.begin() + static_cast<std::ptrdiff_t>(wanted_.size());
  std::vector<value> cotangents;
  for (auto x : present_)
    cotangents.push_back(x ? *next++ : value{});
  auto gradients = node_->backward(in.first(wanted_.size()), cotangents);
  if (!gradients)
    return gradients;
  if (gradients->size() != wanted_.size())
    return fail(errc::bad_derivative_rule,
                "backward gave " + std::to_string(gradients->size())
                  + " gradients for " + std::to_string(wanted_.size())
                  + " inputs");
  std::vector<value> out;
  for (size_t i = 0; i < wanted_.size(); ++i)
    if (wanted_[i]) {
      auto x = checked(std::move((*gradients)[i]), in[i], i);
      if (!x)
        return fail(std::move(x.error()));
      out.push_back(std::move(*x));
    }
  return out;
}

bool user_backward::has_backward() const noexcept {
  return true;
}

bool user_backward::stateless() const noexcept {
  return node_ && node_->stateless();
}

result<std::vector<value>> user_backward::backward(std::span<const value>,
                                                   std::span<const value>) {
  return fail(error{errc::not_differentiable,
                    "a backward function of a user node has no derivative"}
                .remedy("compose ops in forward instead"));
}

bool user_backward::movable() const noexcept {
  return node_ && node_->movable();
}

bool user_backward::save(byte_writer& f) const {
  return node_ && f.apply(std::string{node_->type_name()})
         && f.apply(to_bytes(wanted_)) && f.apply(to_bytes(present_))
         && node_->save(f);
}

bool user_backward::load(byte_reader& f) {
  std::string name;
  std::string wanted;
  std::string present;
  if (!f.apply(name) || !f.apply(wanted) || !f.apply(present)
      || name == backward_name)
    return false;
  node_ = make_user_node(name);
  wanted_ = to_mask(wanted);
  present_ = to_mask(present);
  return node_ && node_->num_inputs() == wanted_.size()
         && node_->num_outputs() == present_.size() && node_->load(f);
}

std::string_view value_sum::type_name() const noexcept {
  return sum_name;
}

std::unique_ptr<user_node> value_sum::clone() const {
  return std::make_unique<value_sum>();
}

size_t value_sum::num_inputs() const noexcept {
  return 2;
}

size_t value_sum::num_outputs() const noexcept {
  return 1;
}

result<std::vector<port_type>> value_sum::infer(
  std::span<const port_type> in) const {
  return std::vector<port_type>{in[0]};
}

result<std::vector<value>> value_sum::forward(std::span<const value> in) {
  auto out = add_values(in[0], in[1]);
  if (!out)
    return fail(std::move(out.error()));
  return std::vector<value>{std::move(*out)};
}

bool value_sum::has_backward() const noexcept {
  return true;
}

bool value_sum::stateless() const noexcept {
  return true;
}

result<std::vector<value>> value_sum::backward(
  std::span<const value>, std::span<const value> cotangents) {
  return std::vector<value>{cotangents[0], cotangents[0]};
}

bool value_sum::movable() const noexcept {
  return true;
}

bool value_sum::save(byte_writer&) const {
  return true;
}

bool value_sum::load(byte_reader&) {
  return true;
}

void register_derivative_nodes() {
  register_user_node(std::string{backward_name}, []() {
    return std::unique_ptr<user_node>{std::make_unique<user_backward>()};
  });
  register_user_node(std::string{sum_name}, []() {
    return std::unique_ptr<user_node>{std::make_unique<value_sum>()};
  });
}

} // namespace morph
