// Takes the place of a user node in the description that goes to hosts where
// the node does not run: they need its edges, not its code.
#pragma once

#include <morph/actors/machine/deployment.hpp>
#include <morph/graph/user_node.hpp>

namespace morph {

class stand_in final : public user_node {
public:
  static constexpr std::string_view name = "morph.stand_in";

  stand_in() = default;

  /// REQUIRES: `outputs` are the types of the node's output ports.
  stand_in(const user_node& of, std::vector<port_type> outputs);

  /// Makes the type known to `make_user_node`.
  static void register_type();

  std::string_view type_name() const noexcept override {
    return name;
  }

  std::unique_ptr<user_node> clone() const override {
    return std::make_unique<stand_in>(*this);
  }

  size_t num_inputs() const noexcept override {
    return inputs_;
  }

  size_t num_outputs() const noexcept override {
    return outputs_.size();
  }

  bool has_backward() const noexcept override {
    return has_backward_;
  }

  bool stateless() const noexcept override {
    return stateless_;
  }

  bool movable() const noexcept override {
    return true;
  }

  result<std::vector<port_type>> infer(
    std::span<const port_type> in) const override;
  result<std::vector<value>> forward(std::span<const value> in) override;
  result<std::vector<value>> backward(
    std::span<const value> in, std::span<const value> cotangents) override;
  bool save(byte_writer& f) const override;
  bool load(byte_reader& f) override;

private:
  uint32_t inputs_ = 0;
  std::vector<port_type> outputs_;
  bool has_backward_ = false;
  bool stateless_ = false;
};

/// A copy of `x` in which user nodes that run elsewhere are stand-ins.
deployment for_host(const deployment& x, uint16_t host);

} // namespace morph
