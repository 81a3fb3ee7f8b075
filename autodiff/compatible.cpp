#include <morph/autodiff/compatible.hpp>

namespace morph {

bool compatible(const port_type& a, const port_type& b) noexcept {
  if (!a.is_tensor() || !b.is_tensor())
    return a == b;
  if (a.type() != b.type() || a.shape().rank() != b.shape().rank())
    return false;
  for (size_t i = 0; i < a.shape().rank(); ++i) {
    auto x = a.shape()[i];
    auto y = b.shape()[i];
    if (x != y && x != dyn && y != dyn)
      return false;
  }
  return true;
}

} // namespace morph
