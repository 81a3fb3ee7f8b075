#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/like.hpp>

namespace morph {

expr sum_to_like(operand x, operand ref) {
  return build::apply("sum_to_like", {x, ref});
}

expr broadcast_like(operand x, operand ref) {
  return build::apply("broadcast_like", {x, ref});
}

expr expand_like(operand x, operand ref, std::vector<int64_t> axes,
                 bool keepdims) {
  return build::apply("expand_like", {x, ref},
                      {{"axes", std::move(axes)}, {"keepdims", keepdims}});
}

expr reshape_like(operand x, operand ref) {
  return build::apply("reshape_like", {x, ref});
}

expr zeros_like(operand ref) {
  return full_like(ref, 0);
}

expr ones_like(operand ref) {
  return full_like(ref, 1);
}

expr full_like(operand ref, double value) {
  return build::apply("full_like", {ref}, {{"value", value}});
}

expr reduced_count(operand ref, std::vector<int64_t> axes) {
  return build::apply("reduced_count", {ref}, {{"axes", std::move(axes)}});
}

expr pad_like(operand x, operand ref, std::vector<int64_t> starts,
              std::vector<int64_t> steps) {
  return build::apply("pad_like", {x, ref},
                      {{"starts", std::move(starts)},
                       {"steps", std::move(steps)}});
}

expr concat_part(operand g, std::span<const expr> parts, int64_t axis,
                 int64_t index) {
  std::vector<expr> inputs{
    g.in_graph_of(parts.empty() ? g : operand{parts.front(), g.where()})};
  inputs.insert(inputs.end(), parts.begin(), parts.end());
  return apply_op(*inputs.front().data(), "concat_part", inputs,
                  {{"axis", axis}, {"index", index}}, g.where());
}

} // namespace morph
