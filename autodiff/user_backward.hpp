// Nodes of derivative graphs that are not ops: the backward function of a user
// node as a node of its own, and the sum of two cotangents of a user type.
//
// Thread-safety: as `user_node`.
//
// Invariants:
// 1. Both travel to other hosts if the user's node does: they are registered
//    under names of their own, and the user's type and state are part of
//    their state.
// 2. Where the user's backward answers "none", the gradient is zeros.
#pragma once

#include <morph/graph/user_node.hpp>

#include <memory>
#include <vector>

namespace morph {

/// Calls `backward` of a user's node. Inputs: those of the forward node, then
/// the cotangents of the ports in `present`. Outputs: the gradients of the
/// inputs in `wanted`.
class user_backward final : public user_node {
public:
  /// A node without content, to be loaded.
  user_backward() = default;

  user_backward(const user_node& forward_node, std::vector<bool> wanted,
                std::vector<bool> present);

  std::string_view type_name() const noexcept override;
  std::unique_ptr<user_node> clone() const override;
  size_t num_inputs() const noexcept override;
  size_t num_outputs() const noexcept override;
  result<std::vector<port_type>> infer(
    std::span<const port_type> in) const override;
  result<std::vector<value>> forward(std::span<const value> in) override;

  /// True, so that differentiating it is an error instead of a silent zero.
  bool has_backward() const noexcept override;
  bool stateless() const noexcept override;

  /// Fails with MM0203.
  result<std::vector<value>> backward(
    std::span<const value> in, std::span<const value> cotangents) override;

  bool movable() const noexcept override;
  bool save(byte_writer& f) const override;
  bool load(byte_reader& f) override;

private:
  std::unique_ptr<user_node> node_;
  std::vector<bool> wanted_;
  std::vector<bool> present_;
};

/// Adds two values of one user type by its `add`.
class value_sum final : public user_node {
public:
  std::string_view type_name() const noexcept override;
  std::unique_ptr<user_node> clone() const override;
  size_t num_inputs() const noexcept override;
  size_t num_outputs() const noexcept override;
  result<std::vector<port_type>> infer(
    std::span<const port_type> in) const override;
  result<std::vector<value>> forward(std::span<const value> in) override;
  bool has_backward() const noexcept override;
  bool stateless() const noexcept override;
  result<std::vector<value>> backward(
    std::span<const value> in, std::span<const value> cotangents) override;
  bool movable() const noexcept override;
  bool save(byte_writer& f) const override;
  bool load(byte_reader& f) override;
};

/// Lets this process run such nodes when another host defines them.
void register_derivative_nodes();

} // namespace morph
