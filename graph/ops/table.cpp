#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

std::span<const rows_view> groups() noexcept {
  static const std::array all{
    arithmetic_rows(), comparison_rows(), function_rows(), reduce_rows(),
    shape_rows(),      index_rows(),      like_rows(),     matmul_rows(),
    factor_rows(),     softmax_rows(),    conv_rows(),     pool_rows(),
    random_rows()};
  return all;
}

} // namespace morph::ops
