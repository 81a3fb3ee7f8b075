#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/elementwise.hpp>
#include <morph/graph/build/random.hpp>

namespace morph {

namespace {

expr draw(std::string_view name, const operand& ref, const operand& step,
          int64_t seed) {
  auto number = step.is_number() && !ref.is_number()
                  ? step.as_constant(*ref.get().data(), i64)
                  : step.get();
  return build::apply(name, {ref, operand{number, step.where()}},
                      {{"seed", seed}});
}

} // namespace

expr random_uniform(operand ref, operand step, int64_t seed) {
  return draw("random_uniform", ref, step, seed);
}

expr random_normal(operand ref, operand step, int64_t seed) {
  return draw("random_normal", ref, step, seed);
}

expr dropout(operand x, double rate, int64_t seed, operand step) {
  build::at_place here{x};
  if (!(rate >= 0 && rate < 1)) {
    error e{errc::invalid_attribute,
            "a rate is in [0, 1), not " + std::to_string(rate)};
    throw failure{std::move(e.at("dropout", place{x.where()}))};
  }
  auto kept = greater_equal(here(random_uniform(x, step, seed)), here(rate));
  return where(here(kept), here(x / here(1 - rate)), here(0.0));
}

} // namespace morph
