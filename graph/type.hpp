// The static type of a port: a tensor of some dtype and (partly dynamic)
// shape, or a named user type.
#pragma once

#include <morph/graph/dtype.hpp>
#include <morph/graph/shape.hpp>
#include <morph/graph/value.hpp>

#include <memory>
#include <string>

namespace morph {

class port_type {
public:
  /// A rank-0 f32 tensor.
  port_type() = default;

  port_type(dtype t, const morph::shape& s) : dtype_(t), shape_(s) {
    // nop
  }

  /// A value of a user type; `name` is that of its `value_type`.
  static port_type opaque(std::string name) {
    port_type out;
    out.opaque_ = std::make_shared<const std::string>(std::move(name));
    return out;
  }

  bool is_tensor() const noexcept {
    return !opaque_;
  }

  /// REQUIRES: is_tensor().
  dtype type() const noexcept {
    return dtype_;
  }

  /// REQUIRES: is_tensor().
  const morph::shape& shape() const noexcept {
    return shape_;
  }

  /// REQUIRES: !is_tensor().
  const std::string& opaque_name() const noexcept {
    return *opaque_;
  }

  /// True for floating tensors: gradients may flow. User types decide at run
  /// time by having `add`.
  bool is_differentiable() const noexcept {
    return !is_tensor() || is_floating(dtype_);
  }

  friend bool operator==(const port_type& a, const port_type& b) noexcept {
    if (a.is_tensor() != b.is_tensor())
      return false;
    return a.is_tensor() ? a.dtype_ == b.dtype_ && a.shape_ == b.shape_
                         : *a.opaque_ == *b.opaque_;
  }

private:
  dtype dtype_ = dtype::f32;
  morph::shape shape_;
  std::shared_ptr<const std::string> opaque_;
};

/// `f32[?, 64]` or the user type's name.
std::string to_string(const port_type& x);

/// True if `x` may be sent where `declared` is expected.
bool accepts(const port_type& declared, const value& x) noexcept;

/// The exact type of a value.
port_type type_of(const value& x);

} // namespace morph
