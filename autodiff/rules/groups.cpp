#include <morph/autodiff/rules/groups.hpp>

#include <array>

namespace morph::rules {

std::span<const rules_view> groups() {
  static const std::array all{
    arithmetic_rules(), function_rules(), selection_rules(), reduction_rules(),
    shape_rules(),      indexing_rules(), like_rules(),      matmul_rules(),
    factor_rules(),     softmax_rules(),  image_rules()};
  return all;
}

} // namespace morph::rules
