// All rows of the table of ops, group by group. A group is a source file of
// this folder; naming it here is what puts it into a program.
//
// Thread-safety: constants.
#pragma once

#include <morph/graph/op.hpp>

#include <span>

namespace morph::ops {

using rows_view = std::span<const op>;

rows_view arithmetic_rows() noexcept;
rows_view comparison_rows() noexcept;
rows_view function_rows() noexcept;
rows_view reduce_rows() noexcept;
rows_view shape_rows() noexcept;
rows_view index_rows() noexcept;
rows_view like_rows() noexcept;
rows_view matmul_rows() noexcept;
rows_view factor_rows() noexcept;
rows_view softmax_rows() noexcept;
rows_view conv_rows() noexcept;
rows_view pool_rows() noexcept;
rows_view random_rows() noexcept;

/// All groups.
std::span<const rows_view> groups() noexcept;

} // namespace morph::ops
