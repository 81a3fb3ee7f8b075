// All rows of the table of derivative rules, group by group. A group is a
// source file of this folder; naming it here is what puts it into a program.
//
// Thread-safety: constants.
#pragma once

#include <morph/autodiff/rule.hpp>

namespace morph::rules {

rules_view arithmetic_rules() noexcept;
rules_view function_rules() noexcept;
rules_view selection_rules() noexcept;
rules_view reduction_rules() noexcept;
rules_view shape_rules() noexcept;
rules_view indexing_rules() noexcept;
rules_view like_rules() noexcept;
rules_view matmul_rules() noexcept;
rules_view factor_rules() noexcept;
rules_view softmax_rules() noexcept;
rules_view image_rules() noexcept;

/// All groups.
std::span<const rules_view> groups();

} // namespace morph::rules
