#include <morph/actors/sim/explore.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <utility>

namespace morph {

namespace {

using simulation::schedule;
using simulation::script;

/// Some bugs want one strange thing, others many.
constexpr std::array liveliness{0.02, 0.1, 0.3, 0.6, 0.95};

std::optional<error> run(const sim_options& base,
                         const std::shared_ptr<schedule>& choices,
                         const sim_program& program) {
  try {
    sim world{base, choices};
    program(world);
    return std::nullopt;
  } catch (const failure& e) {
    return e.value();
  } catch (const std::exception& e) {
    return error{errc::node_failed, e.what()};
  } catch (...) {
    return error{errc::node_failed, "something unknown was thrown"};
  }
}

/// Delta debugging: leaves out ever smaller parts, as long as it fails.
class shrinker {
public:
  shrinker(const sim_options& base, const sim_program& program,
           const error& what, size_t most_runs)
    : base_(base), program_(program), code_(what.code), left_(most_runs) {
    // nop
  }

  using entries = std::vector<std::pair<uint64_t, uint32_t>>;

  script shrink(const script& all) {
    entries best{all.begin(), all.end()};
    size_t parts = 1;
    while (!best.empty() && parts <= best.size() && left_ > 0) {
      auto size = (best.size() + parts - 1) / parts;
      auto smaller = false;
      for (size_t from = 0; from < best.size() && !smaller; from += size) {
        auto rest = best;
        auto first = rest.begin() + static_cast<std::ptrdiff_t>(from);
        rest.erase(first, first
                            + static_cast<std::ptrdiff_t>(
                              std::min(size, rest.size() - from)));
        if (fails(rest)) {
          best = taken(rest);
          smaller = true;
        }
      }
      if (smaller)
        parts = std::max<size_t>(parts - 1, 1);
      else if (size == 1)
        break;
      else
        parts = std::min(2 * parts, best.size());
    }
    return {best.begin(), best.end()};
  }

  size_t runs() const noexcept {
    return runs_;
  }

private:
  bool fails(const entries& xs) {
    if (left_ == 0)
      return false;
    --left_;
    ++runs_;
    last_ = std::make_shared<schedule>(script{xs.begin(), xs.end()});
    auto what = run(base_, last_, program_);
    return what && what->code == code_;
  }

  /// Of these the choices that were really met.
  entries taken(const entries& xs) const {
    auto& met = last_->taken();
    entries out;
    for (auto& x : xs)
      if (met.contains(x.first))
        out.push_back(x);
    return out;
  }

  const sim_options& base_;
  const sim_program& program_;
  errc code_;
  size_t left_;
  size_t runs_ = 0;
  std::shared_ptr<schedule> last_;
};

} // namespace

std::string to_string(const found_failure& x) {
  auto out = "seed " + std::to_string(x.seed) + " fails: " + to_string(x.what)
             + "\nwhat it takes (" + std::to_string(x.schedule.size()) + " of "
             + std::to_string(x.departures_before) + " choices):";
  for (auto& y : x.schedule)
    out += "\n  " + std::to_string(y.place) + ": " + y.what;
  return out;
}

std::optional<error> replay(const sim_options& base, const script& choices,
                            const sim_program& program) {
  return run(base, std::make_shared<schedule>(choices), program);
}

std::optional<found_failure> explore(const sim_options& base, size_t seeds,
                                     const sim_program& program,
                                     const explore_options& options) {
  for (size_t i = 0; i < seeds; ++i) {
    auto seed = options.first_seed + i;
    auto random
      = std::make_shared<schedule>(seed, liveliness[seed % liveliness.size()]);
    auto what = run(base, random, program);
    if (!what)
      continue;
    found_failure out;
    out.seed = seed;
    out.seeds_tried = i + 1;
    out.departures_before = random->taken().size();
    shrinker s{base, program, *what, options.most_runs};
    auto small = s.shrink(random->taken());
    // Once more, for the words.
    auto last = std::make_shared<schedule>(small);
    out.what = run(base, last, program).value_or(*what);
    out.choices = last->taken();
    out.schedule = last->departures();
    out.runs = i + 1 + s.runs() + 1;
    return out;
  }
  return std::nullopt;
}

} // namespace morph
