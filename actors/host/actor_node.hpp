// The description of a node that an existing actor computes: holds its handle.
//
// Thread-safety: as `user_node`.
#pragma once

#include <morph/actors/node_from_actor.hpp>
#include <morph/graph/user_node.hpp>

#include <vector>

namespace morph {

class actor_node final : public user_node {
public:
  static constexpr std::string_view name = "morph.actor_node";

  actor_node(caf::actor whom, size_t inputs, std::vector<port_type> outputs,
             const actor_node_options& options)
    : whom_(std::move(whom)), inputs_(inputs), outputs_(std::move(outputs)),
      options_(options) {
    // nop
  }

  const caf::actor& whom() const noexcept {
    return whom_;
  }

  std::chrono::milliseconds timeout() const noexcept {
    return options_.timeout;
  }

  std::string_view type_name() const noexcept override {
    return name;
  }

  std::unique_ptr<user_node> clone() const override {
    return std::make_unique<actor_node>(*this);
  }

  size_t num_inputs() const noexcept override {
    return inputs_;
  }

  size_t num_outputs() const noexcept override {
    return outputs_.size();
  }

  result<std::vector<port_type>> infer(
    std::span<const port_type>) const override {
    return outputs_;
  }

  /// Only actors wait for actors: MM0507.
  result<std::vector<value>> forward(std::span<const value> in) override;
  result<std::vector<value>> backward(
    std::span<const value> in, std::span<const value> cotangents) override;

  bool has_backward() const noexcept override {
    return options_.differentiable;
  }

  bool stateless() const noexcept override {
    return false;
  }

  bool movable() const noexcept override {
    return false;
  }

  bool save(byte_writer&) const override {
    return false;
  }

  bool load(byte_reader&) override {
    return false;
  }

private:
  caf::actor whom_;
  size_t inputs_;
  std::vector<port_type> outputs_;
  actor_node_options options_;
};

} // namespace morph
