#include <morph/actors/placement/replan.hpp>
#include <morph/actors/placement/text.hpp>

#include <algorithm>
#include <utility>

namespace morph::placement {

namespace {

/// Part of the saving that may be given up to spare a move.
constexpr double spare_fraction = 0.02;

std::vector<node_move> difference(std::span<const index> from,
                                  std::span<const index> to) {
  std::vector<node_move> moves;
  for (index v = 0; v < from.size(); ++v)
    if (from[v] != to[v])
      moves.push_back({v, from[v], to[v]});
  return moves;
}

std::string count_of(std::size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

class decider {
public:
  decider(const instance& x, std::span<const index> current,
          const replan_options& options)
    : x_(x), current_(current), options_(options) {
    // nop
  }

  decision run(const instance* pessimistic) {
    auto stay = evaluate(x_, current_, "current");
    auto best = make_plan(x_, options_.search, current_);
    decision d;
    d.current_seconds = stay.step_seconds();
    spare_moves(best, stay);
    auto moves = difference(current_, best.hosts);
    d.candidate_seconds = best.step_seconds();
    d.migration_seconds
      = moves.empty() ? 0.0
                      : migration_seconds(x_, moves, options_.pause_seconds);
    d.reason = objection(stay, best, d, moves, pessimistic);
    if (d.reason.empty()) {
      d.reason
        = "moving " + count_of(moves.size(), "node") + ": " + comparison(d);
      d.moves = std::move(moves);
      d.next = std::move(best);
    } else {
      d.next = std::move(stay);
    }
    return d;
  }

  /// Everything off the hosts that are no longer allowed.
  decision run_forced(const defect& why) {
    decision d;
    d.next = make_plan(x_, options_.search);
    d.current_seconds = infinity;
    d.candidate_seconds = d.next.step_seconds();
    d.moves = difference(current_, d.next.hosts);
    d.migration_seconds
      = migration_seconds(x_, d.moves, options_.pause_seconds);
    d.reason = "moving " + count_of(d.moves.size(), "node") + ": " + why.text
               + "; the new plan takes " + text::seconds(d.candidate_seconds)
               + " a step";
    return d;
  }

private:
  /// Why not to move, or nothing.
  std::string objection(const plan& stay, const plan& best, const decision& d,
                        const std::vector<node_move>& moves,
                        const instance* pessimistic) const {
    if (moves.empty())
      return "staying: no plan found is faster than "
             + text::seconds(d.current_seconds) + " a step";
    if (moves.size() > options_.max_moves)
      return "staying: " + comparison(d) + ", but "
             + count_of(moves.size(), "node") + " would move and "
             + std::to_string(options_.max_moves) + " may";
    if (!stay.cache.fits() && best.cache.fits())
      return {}; // what does not fit has to move
    auto saved
      = d.current_seconds * (1.0 - options_.margin) - d.candidate_seconds;
    if (!(saved * options_.horizon_steps > d.migration_seconds))
      return "staying: " + comparison(d) + ", not enough for a margin of "
             + text::percent(options_.margin) + " over "
             + std::to_string(static_cast<long long>(options_.horizon_steps))
             + " steps";
    if (pessimistic == nullptr)
      return {};
    simulator s{*pessimistic};
    auto now = s.run(current_, stay.cache.recompute);
    auto then = s.run(best.hosts, best.cache.recompute);
    if (then < now)
      return {};
    return "staying: " + comparison(d) + ", but with pessimistic costs "
           + text::seconds(then) + " against " + text::seconds(now);
  }

  std::string comparison(const decision& d) const {
    return text::seconds(d.candidate_seconds) + " a step against "
           + text::seconds(d.current_seconds) + ", migration "
           + text::seconds(d.migration_seconds);
  }

  /// Takes back moves of groups that are not needed for (nearly all of) the
  /// saving, as far as the search budget reaches.
  void spare_moves(plan& best, const plan& stay) {
    auto saving = stay.step_seconds() - best.step_seconds();
    if (!(saving > 0.0) || saving == infinity || !best.cache.fits())
      return;
    auto limit = best.step_seconds() + spare_fraction * saving;
    auto hosts = best.hosts;
    auto assign = [&](index g, index h) {
      for (auto v : x_.members[g])
        hosts[v] = h;
    };
    auto runs = search_runs(x_, options_.search);
    search_goal goal{x_};
    bool changed = false;
    for (index g = 0; g < x_.groups && runs > 0; ++g) {
      auto v = x_.members[g].front();
      if (hosts[v] == current_[v])
        continue;
      auto moved_to = hosts[v];
      assign(g, current_[v]);
      --runs;
      if (goal(hosts) <= limit)
        changed = true;
      else
        assign(g, moved_to);
    }
    if (!changed)
      return;
    auto spared = evaluate(x_, hosts, best.chosen);
    if (!spared.cache.fits() || spared.step_seconds() > limit)
      return;
    spared.alternatives = std::move(best.alternatives);
    best = std::move(spared);
  }

  const instance& x_;
  std::span<const index> current_;
  const replan_options& options_;
};

} // namespace

double migration_seconds(const instance& x, std::span<const node_move> moves,
                         double pause_seconds) {
  auto sum = pause_seconds;
  for (const auto& m : moves)
    if (m.from < x.hosts) // else nobody is left to send the state
      sum += x.transfer(m.from, m.to, x.source->nodes[m.node].state_bytes);
  return sum;
}

tl::expected<decision, defect> decide(const problem& median,
                                      const problem* pessimistic,
                                      std::span<const index> current,
                                      const replan_options& options) {
  auto x = make_instance(median);
  if (!x)
    return tl::unexpected{x.error()};
  if (current.size() != x->nodes)
    return tl::unexpected{*find_violation(*x, current)};
  decider d{*x, current, options};
  if (auto why = find_violation(*x, current))
    return d.run_forced(*why);
  if (pessimistic == nullptr)
    return d.run(nullptr);
  auto y = make_instance(*pessimistic);
  if (!y)
    return tl::unexpected{y.error()};
  return d.run(&*y);
}

replanner::replanner(replan_options options) : options_(options) {
  // nop
}

void replanner::deployed(const plan& p) {
  monitor_.expect(p.step_seconds());
}

void replanner::step_done(double measured_seconds) {
  monitor_.add(measured_seconds);
}

bool replanner::due() const {
  auto since = monitor_.steps() - last_decision_;
  return (alarmed_ && since >= settle_steps)
         || (monitor_.sharply_contradicted() && since >= first_wait)
         || ((monitor_.contradicted() || unexplained()) && since >= wait_);
}

bool replanner::unexplained() const {
  return usual_bias_ > 0 && monitor_.bias() > 2 * usual_bias_;
}

double replanner::current_margin() const {
  auto calm = monitor_.steps() - last_reversal_ >= reversal_steps;
  return options_.margin * (calm ? 1.0 : margin_factor_);
}

tl::expected<decision, defect> replanner::decide(
  const problem& median, const problem* pessimistic,
  std::span<const index> current) {
  auto options = options_;
  options.margin = current_margin();
  // What slows the steps down is not in the costs yet, or not all of it: then
  // the little that they say has to do.
  if (unexplained()) {
    options.margin = 0;
    pessimistic = nullptr;
  }
  auto d = placement::decide(median, pessimistic, current, options);
  if (d)
    record(*d, current.size());
  return d;
}

void replanner::record(const decision& d, std::size_t nodes) {
  ++decisions_;
  last_decision_ = monitor_.steps();
  if (d.moves.empty()) {
    wait_ = alarmed_ ? first_wait : std::min(2 * wait_, longest_wait);
    alarmed_ = false;
    monitor_.accept(d.current_seconds);
    // In the end a lasting difference is the model's.
    if (!unexplained() || wait_ == longest_wait)
      usual_bias_ = monitor_.bias();
    return;
  }
  alarmed_ = false;
  wait_ = first_wait;
  left_.resize(nodes);
  bool reversed = false;
  for (const auto& m : d.moves) {
    auto& last = left_[m.node];
    if (last.from == m.to && monitor_.steps() - last.step < reversal_steps) {
      ++reversals_;
      reversed = true;
    }
    last = {m.from, monitor_.steps()};
  }
  if (reversed) {
    auto calm = monitor_.steps() - last_reversal_ >= reversal_steps;
    margin_factor_ = calm ? 2.0 : std::min(2.0 * margin_factor_, 8.0);
    last_reversal_ = monitor_.steps();
  }
  moves_ += d.moves.size();
  monitor_.expect(d.candidate_seconds);
}

} // namespace morph::placement
