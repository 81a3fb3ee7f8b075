// When to move nodes of a graph that is running, and which.
//
// Thread-safety: none for the class; the functions are pure.
#pragma once

#include <morph/actors/placement/plan.hpp>
#include <morph/actors/placement/step_monitor.hpp>

#include <tl/expected.hpp>

#include <span>
#include <string>
#include <vector>

namespace morph::placement {

/// When a better plan is good enough.
struct replan_options {
  /// Steps over which the saving must pay for the move.
  double horizon_steps = 200;
  /// Part of the current step time that must be saved besides.
  double margin = 0.1;
  /// Time that a move takes whatever is moved: draining and rewiring.
  double pause_seconds = 2e-3;
  /// Nodes that may move at a time.
  index max_moves = 4096;
  /// Smaller than for a first plan: the steps go on meanwhile.
  search_options search{1, 5e5, 3000, 0};
};

/// A node that changes its host.
struct node_move {
  index node;
  index from;
  index to;
};

/// The answer to "should anything move?".
struct decision {
  /// Empty: everything stays.
  std::vector<node_move> moves;
  /// The plan from now on: the new one, or the current assignment with its
  /// cache decisions and times evaluated anew.
  plan next;
  double current_seconds = 0;   ///< step time as things are, predicted
  double candidate_seconds = 0; ///< of the best plan found, taken or not
  double migration_seconds = 0; ///< of that plan
  /// One sentence that tells what was decided and the numbers that decided.
  std::string reason;
};

/// Time to bring state from one assignment to another, over links that work
/// one transfer at a time, all links in sequence, plus the pause.
double migration_seconds(const instance& x, std::span<const node_move> moves,
                         double pause_seconds);

/// Plans anew and decides. Moves if over the horizon the saving, less the
/// margin, exceeds the cost of migration with the median costs, and if the
/// new plan is also the faster one with the pessimistic costs. Moves that gain
/// nothing by themselves are left out. If the current assignment breaks a
/// rule (its host has gone), it moves without asking for a gain.
///
/// REQUIRES: `pessimistic`, when given, is the same problem with other costs.
tl::expected<decision, defect> decide(const problem& median,
                                      const problem* pessimistic,
                                      std::span<const index> current,
                                      const replan_options& options);

/// Decides when to decide, and keeps the books.
///
/// A decision is due after an alarm of a cost filter, or when the steps
/// contradict the forecast. After an alarm it waits until `settle_steps`
/// steps have passed since the last decision; after a contradiction, which
/// may have no remedy, twice as long each time that nothing moved, unless it
/// is a sharp one, which tells of something new. While steps take more than
/// twice what the forecast's usual bias explains, staying is looked at again
/// in the same rhythm: the costs may not have been measured yet that do.
///
/// Every move of a node back to a host that it left less than
/// `reversal_steps` steps ago is counted; each such decision doubles the
/// margin, up to eightfold, until that many steps pass without another.
///
/// A plain value; not thread-safe; one per deployed graph.
class replanner {
public:
  static constexpr std::uint64_t settle_steps = 5;
  static constexpr std::uint64_t first_wait = 20;
  static constexpr std::uint64_t longest_wait = 1280;
  static constexpr std::uint64_t reversal_steps = 200;

  explicit replanner(replan_options options = {});

  /// The plan that was deployed outside decide(): at the start.
  void deployed(const plan& p);

  /// A step took this long, in seconds.
  void step_done(double measured_seconds);

  /// A cost filter raised an alarm.
  void cost_alarm() {
    alarmed_ = true;
  }

  /// Whether decide() should be called now.
  bool due() const;

  /// decide() above with the margin in force; assumes that the caller does
  /// what the decision says.
  tl::expected<decision, defect> decide(const problem& median,
                                        const problem* pessimistic,
                                        std::span<const index> current);

  const step_monitor& monitor() const {
    return monitor_;
  }

  std::uint64_t decisions() const {
    return decisions_;
  }

  std::uint64_t moves() const {
    return moves_;
  }

  std::uint64_t reversals() const {
    return reversals_;
  }

private:
  struct departure {
    index from = none;
    std::uint64_t step = 0;
  };

  double current_margin() const;
  bool unexplained() const;
  void record(const decision& d, std::size_t nodes);

  replan_options options_;
  step_monitor monitor_;
  bool alarmed_ = false;
  std::uint64_t last_decision_ = 0;
  std::uint64_t wait_ = first_wait;
  std::uint64_t last_reversal_ = 0;
  double margin_factor_ = 1;
  double usual_bias_ = 0; ///< Of steps that the costs explain; 0: unknown.
  std::vector<departure> left_;
  std::uint64_t decisions_ = 0;
  std::uint64_t moves_ = 0;
  std::uint64_t reversals_ = 0;
};

} // namespace morph::placement
