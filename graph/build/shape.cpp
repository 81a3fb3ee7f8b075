#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/shape.hpp>

#include <numeric>

namespace morph {

namespace {

std::vector<int64_t> list(const shape& s) {
  return {s.begin(), s.end()};
}

} // namespace

expr reshape(operand x, const shape& s) {
  return build::apply("reshape", {x}, {{"shape", list(s)}});
}

expr transpose(operand x, std::vector<int64_t> perm) {
  return build::apply("transpose", {x}, {{"perm", std::move(perm)}});
}

expr matrix_transpose(operand x) {
  auto rank = x.is_number() ? 0 : x.get().type().shape().rank();
  std::vector<int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  if (rank < 2) {
    error e{errc::shape_mismatch,
            "needs a matrix, not rank " + std::to_string(rank)};
    throw failure{std::move(e.at("matrix_transpose", place{x.where()}))};
  }
  std::swap(perm[rank - 1], perm[rank - 2]);
  return transpose(x, std::move(perm));
}

expr broadcast_to(operand x, const shape& s) {
  return build::apply("broadcast_to", {x}, {{"shape", list(s)}});
}

expr concat(std::vector<operand> xs, int64_t axis) {
  std::vector<expr> nodes;
  for (auto& x : xs)
    nodes.push_back(x.in_graph_of(xs.front()));
  return concat(nodes, axis,
                xs.empty() ? std::source_location::current()
                           : xs.front().where());
}

expr concat(std::span<const expr> xs, int64_t axis, std::source_location at) {
  if (xs.empty()) {
    error e{errc::wrong_arity, "there is nothing to join"};
    throw failure{std::move(e.at("concat", place{at}))};
  }
  return apply_op(*xs.front().data(), "concat", xs, {{"axis", axis}}, at);
}

expr slice(operand x, std::vector<int64_t> starts, std::vector<int64_t> stops,
           std::vector<int64_t> steps) {
  return build::apply("slice", {x},
                      {{"starts", std::move(starts)},
                       {"stops", std::move(stops)},
                       {"steps", std::move(steps)}});
}

expr gather(operand x, operand indices, int64_t axis) {
  return build::apply("gather", {x, indices}, {{"axis", axis}});
}

expr scatter_add(operand base, operand indices, operand updates, int64_t axis) {
  return build::apply("scatter_add", {base, indices, updates},
                      {{"axis", axis}});
}

expr one_hot(operand indices, int64_t depth, dtype t) {
  return build::apply("one_hot", {indices}, {{"depth", depth}, {"dtype", t}});
}

expr tril(operand x, int64_t k) {
  return build::apply("tril", {x}, {{"k", k}});
}

expr triu(operand x, int64_t k) {
  return build::apply("triu", {x}, {{"k", k}});
}

} // namespace morph
