#include <morph/graph/tensor.hpp>
#include <morph/graph/type.hpp>

namespace morph {

std::string to_string(const port_type& x) {
  if (!x.is_tensor())
    return x.opaque_name();
  return std::string{to_string(x.type())} + to_string(x.shape());
}

bool accepts(const port_type& declared, const value& x) noexcept {
  if (!x)
    return false;
  if (!tensor::holds(x))
    return !declared.is_tensor() && x.type().name == declared.opaque_name();
  auto& t = as_tensor(x);
  return declared.is_tensor() && t.type() == declared.type()
         && matches(declared.shape(), t.shape());
}

port_type type_of(const value& x) {
  if (tensor::holds(x))
    return {as_tensor(x).type(), as_tensor(x).shape()};
  return port_type::opaque(x ? x.type().name : std::string{"none"});
}

} // namespace morph
