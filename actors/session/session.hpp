// Drives one graph: feeds inputs, bounds what is in flight, returns results.
//
//   morph::session s{g};                          // inline
//   auto [v, d] = s.run({{x, 2.0}}, y, dy);
//
//   morph::session s{runtime, g, minimise(loss, adam{1e-3})};
//   for (auto& batch : batches)
//     s.step({{x, batch.x}, {t, batch.y}});       // many in flight
//   s.finish();
//
// Thread-safety: all members may be called from any thread.
//
// Invariants:
// 1. Steps take effect in the order of their calls.
// 2. Bytes of forward values in flight stay below `max_bytes_in_flight`,
//    unless one step alone is larger; `step` waits as long as they would not.
// 3. A failed step changes no parameter and no other step.
#pragma once

#include <morph/actors/runtime/runtime.hpp>
#include <morph/actors/session/feeds.hpp>
#include <morph/actors/session/objective.hpp>
#include <morph/actors/session/step_handle.hpp>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace morph {

struct session_options {
  uint64_t max_steps_in_flight = 8;
  uint64_t max_bytes_in_flight = uint64_t{1} << 30;
  /// See `deploy_options`.
  uint64_t forward_budget = 0;
};

/// Values of parameters by name.
using parameter_map = std::map<std::string, tensor>;

class session {
public:
  /// Runs `g` on the caller's thread.
  explicit session(const graph& g, const objective& o = {},
                   const session_options& options = {});

  /// Runs `g` on `rt`, which must outlive the session. Throws `failure` if it
  /// cannot be deployed.
  session(runtime& rt, const graph& g, const objective& o = {},
          const session_options& options = {});

  /// Takes over the runtime.
  session(std::unique_ptr<runtime> rt, const graph& g, const objective& o = {},
          const session_options& options = {});

  session(session&&) noexcept;
  session& operator=(session&&) noexcept;

  /// Waits for steps in flight and takes the deployment down.
  ~session();

  /// Adds results that each step returns besides the losses.
  void also(std::vector<expr> results);

  /// Runs one forward step and returns the named results as tensors: one, or
  /// a tuple of several. Inputs that they do not depend on, such as the labels
  /// of a loss, may be left out. Throws `failure`.
  template <class... Es>
  auto run(const feeds& xs, const Es&... results) {
    static_assert(sizeof...(Es) > 0, "name at least one result");
    auto out = predict(xs, {results...}).get();
    if constexpr (sizeof...(Es) == 1)
      return (out.at(results), ...);
    else
      return std::tuple{out.at(results)...};
  }

  /// Starts one step of the objective: forward, backward and, if the session
  /// trains, an update. Waits while too much is in flight.
  step_handle step(const feeds& xs) {
    return submit(xs, true);
  }

  /// Starts a step with or without its backward pass.
  step_handle submit(const feeds& xs, bool backward);

  /// As `submit`, for callers that must not block, such as actors: waits for
  /// its turn elsewhere. Keeps the order of calls among themselves.
  step_handle post(const feeds& xs, bool backward = true);

  /// Starts a forward step for these results alone: inputs that they do not
  /// depend on may be left out.
  step_handle predict(const feeds& xs, const std::vector<expr>& results);

  /// Waits until nothing is in flight and what follows the steps has run;
  /// throws the first failure of a step since the last call, if there was one.
  void finish();

  /// Current values by name; waits for steps in flight. If a host is lost,
  /// those of the last complete copy.
  parameter_map parameters();

  /// Replaces parameters by name; waits for steps in flight. Their optimiser
  /// starts anew.
  void assign(const parameter_map& xs);

  /// Tells of failed steps, changes of plan, hosts and links.
  event_stream& events();

  /// Counters of nodes, hosts and links.
  run_report report();

  /// Plans again with what has been measured; returns the decision in words.
  std::string replan(bool force = false);

  /// Why each node is where it is.
  std::string explain();

  /// The deployed plan. REQUIRES: at least one result or loss.
  const deployment& plan();

  /// Closes now; later calls fail with MM0505.
  void close();

  /// See <morph/actors/caf.hpp>.
  friend caf::actor actor_of(session& x);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// Reads as a verb where a program deploys.
inline session deploy(runtime& rt, const graph& g, const objective& o = {},
                      const session_options& options = {}) {
  return session{rt, g, o, options};
}

/// As above; the session takes over the runtime.
inline session deploy(std::unique_ptr<runtime> rt, const graph& g,
                      const objective& o = {},
                      const session_options& options = {}) {
  return session{std::move(rt), g, o, options};
}

} // namespace morph
