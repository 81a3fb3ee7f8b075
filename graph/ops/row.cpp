#include <morph/graph/ops/row.hpp>

namespace morph::ops {

namespace detail {

error wrong_number_of_inputs(size_t have) {
  return {errc::wrong_arity,
          "not enough inputs: there are only " + std::to_string(have)};
}

error not_a_tensor(size_t input) {
  return {errc::type_mismatch,
          "input " + std::to_string(input) + " is not a tensor"};
}

} // namespace detail

double elements_of(const port_type& x) noexcept {
  double n = 1;
  for (auto extent : x.shape())
    n *= static_cast<double>(extent);
  return n;
}

double bytes_of(types_view types) noexcept {
  double n = 0;
  for (auto& x : types)
    n += elements_of(x) * static_cast<double>(size_of(x.type()));
  return n;
}

op_cost nothing(types_view, types_view, const attributes&) {
  return {};
}

op_cost moves(types_view, types_view out, const attributes&) {
  return {0, 2 * bytes_of(out)};
}

} // namespace morph::ops
