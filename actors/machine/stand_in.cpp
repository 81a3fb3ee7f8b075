#include <morph/actors/machine/stand_in.hpp>

#include <algorithm>

namespace morph {

namespace {

tl::unexpected<error> not_here() {
  return fail(errc::unknown_node_type,
              "the node runs on another host; only its edges are known here");
}

void save_type(byte_writer& f, const port_type& x) {
  f.apply(x.is_tensor());
  if (!x.is_tensor())
    f.apply(x.opaque_name());
  else
    f(x.type(), std::vector<int64_t>{x.shape().begin(), x.shape().end()});
}

bool load_type(byte_reader& f, port_type& x) {
  bool is_tensor = false;
  if (!f.apply(is_tensor))
    return false;
  if (!is_tensor) {
    std::string name;
    if (!f.apply(name))
      return false;
    x = port_type::opaque(std::move(name));
    return true;
  }
  auto type = dtype::f32;
  std::vector<int64_t> extents;
  if (!f(type, extents) || type < dtype::f32 || type > dtype::boolean
      || extents.size() > shape::max_rank
      || std::any_of(extents.begin(), extents.end(),
                     [](int64_t n) { return n < dyn; }))
    return f.reject();
  x = port_type{type, shape{extents}};
  return true;
}

} // namespace

stand_in::stand_in(const user_node& of, std::vector<port_type> outputs)
  : inputs_(static_cast<uint32_t>(of.num_inputs())),
    outputs_(std::move(outputs)), has_backward_(of.has_backward()),
    stateless_(of.stateless()) {
  // nop
}

void stand_in::register_type() {
  register_user_node(std::string{name}, []() -> std::unique_ptr<user_node> {
    return std::make_unique<stand_in>();
  });
}

result<std::vector<port_type>> stand_in::infer(
  std::span<const port_type>) const {
  return outputs_;
}

result<std::vector<value>> stand_in::forward(std::span<const value>) {
  return not_here();
}

result<std::vector<value>> stand_in::backward(std::span<const value>,
                                              std::span<const value>) {
  return not_here();
}

bool stand_in::save(byte_writer& f) const {
  f(inputs_, has_backward_, stateless_, static_cast<uint64_t>(outputs_.size()));
  for (auto& x : outputs_)
    save_type(f, x);
  return true;
}

bool stand_in::load(byte_reader& f) {
  uint64_t n = 0;
  if (!f(inputs_, has_backward_, stateless_) || !f.length(n, 1))
    return false;
  outputs_.clear();
  for (uint64_t i = 0; i < n; ++i)
    if (!load_type(f, outputs_.emplace_back()))
      return false;
  return true;
}

deployment for_host(const deployment& x, uint16_t host) {
  auto out = x;
  out.net = graph{};
  for (auto& n : x.net.data()->nodes) {
    auto y = n;
    if (y.user && x.host_of[n.id] != host)
      y.user = std::make_shared<stand_in>(*y.user, y.outputs);
    out.net.append(std::move(y));
  }
  return out;
}

} // namespace morph
