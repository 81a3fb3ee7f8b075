#include <morph/actors/machine/stand_in.hpp>

namespace morph {

namespace {

tl::unexpected<error> not_here() {
  return fail(errc::unknown_node_type,
              "the node runs on another host; only its edges are known here");
}

} // namespace

stand_in::stand_in(const user_node& of)
  : inputs_(static_cast<uint32_t>(of.num_inputs())),
    outputs_(static_cast<uint32_t>(of.num_outputs())),
    has_backward_(of.has_backward()),
    stateless_(of.stateless()) {
  // nop
}

void stand_in::register_type() {
  register_user_node(std::string{name}, []() -> std::unique_ptr<user_node> {
    return std::make_unique<stand_in>();
  });
}

result<std::vector<port_type>>
stand_in::infer(std::span<const port_type>) const {
  return not_here();
}

result<std::vector<value>> stand_in::forward(std::span<const value>) {
  return not_here();
}

result<std::vector<value>> stand_in::backward(std::span<const value>,
                                              std::span<const value>) {
  return not_here();
}

bool stand_in::save(byte_writer& f) const {
  return f(inputs_, outputs_, has_backward_, stateless_);
}

bool stand_in::load(byte_reader& f) {
  return f(inputs_, outputs_, has_backward_, stateless_);
}

} // namespace morph
