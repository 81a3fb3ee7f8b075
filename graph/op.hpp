// An op is one row of a table: a pure function with a shape rule, a kernel and
// a cost. Derivative rules for the same names live in autodiff/.
//
// Thread-safety: the table (ops/table.hpp) is constant; kernels are pure and
// may run on any number of threads.
//
// Invariants:
// 1. A kernel's result depends on its inputs and attributes alone, bit for
//    bit, whatever the thread, the process or the alignment of its inputs.
// 2. A kernel never writes to its inputs and never starts a thread.
#pragma once

#include <morph/graph/attributes.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>
#include <morph/graph/type.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace morph {

/// Estimated work of one firing.
struct op_cost {
  double flops = 0;
  double bytes = 0; ///< Read plus written.
};

using types_view = std::span<const port_type>;
using shape_rule
  = result<std::vector<port_type>> (*)(types_view, const attributes&);
/// Reads tensors from `in`, makes the tensors of `out`.
using op_kernel = result<void> (*)(std::span<const value> in,
                                   std::span<value> out, const attributes&);
using cost_rule = op_cost (*)(types_view in, types_view out, const attributes&);

inline constexpr uint8_t any_number = 255;

struct op {
  std::string_view name;
  uint8_t min_inputs = 1;
  uint8_t max_inputs = 1; ///< `any_number` for variadic ops.
  uint8_t outputs = 1;
  shape_rule infer = nullptr;
  op_kernel run = nullptr; ///< Null for input, parameter, constant, user nodes.
  cost_rule cost = nullptr; ///< Null: one flop per output element.
  std::string_view meaning; ///< One sentence for documentation.
};

/// All ops in ascending order of names.
std::span<const op* const> op_table();

/// Null if there is no such op.
const op* find_op(std::string_view name) noexcept;

/// Cost of a node with these types; dynamic extents count as `assumed`.
op_cost estimate_cost(const op& kind, types_view in, types_view out,
                      const attributes& attrs, int64_t assumed = 1);

/// Ops without a kernel that the runtime itself handles.
namespace builtin {
extern const op input;     ///< Fed by the session; attrs: none.
extern const op parameter; ///< attrs: `init` (tensor), `trainable` (bool).
extern const op constant;  ///< attrs: `value` (tensor).
extern const op user;      ///< A `user_node`.
} // namespace builtin

} // namespace morph
