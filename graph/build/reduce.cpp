#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/reduce.hpp>

namespace morph {

namespace {

expr reduce(std::string_view name, const operand& x, std::vector<int64_t> axes,
            bool keepdims) {
  return build::apply(name, {x},
                      {{"axes", std::move(axes)}, {"keepdims", keepdims}});
}

} // namespace

expr sum(operand x, std::vector<int64_t> axes, bool keepdims) {
  return reduce("sum", x, std::move(axes), keepdims);
}

expr mean(operand x, std::vector<int64_t> axes, bool keepdims) {
  return reduce("mean", x, std::move(axes), keepdims);
}

expr max(operand x, std::vector<int64_t> axes, bool keepdims) {
  return reduce("max", x, std::move(axes), keepdims);
}

expr min(operand x, std::vector<int64_t> axes, bool keepdims) {
  return reduce("min", x, std::move(axes), keepdims);
}

expr argmax(operand x, int64_t axis) {
  return build::apply("argmax", {x}, {{"axis", axis}});
}

expr argmin(operand x, int64_t axis) {
  return build::apply("argmin", {x}, {{"axis", axis}});
}

} // namespace morph
