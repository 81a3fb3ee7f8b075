#include <morph/apps/morph/interrupt.hpp>
#include <morph/apps/morph/training.hpp>
#include <morph/graph/clock.hpp>

#include <algorithm>
#include <mutex>

namespace morph::cli {

namespace {

constexpr int64_t shortest_pause = 200'000'000; // ns between copies
constexpr int64_t pause_per_cost = 50;          // 2 % of the time

/// What continuations of steps write and the loop reads.
struct tally {
  std::mutex mutex;
  uint64_t steps = 0;
  double loss = 0;
  std::optional<error> failed;
  std::vector<int64_t> times; ///< When each tenth was done.
  uint64_t tenth = 1;         ///< Steps in a tenth.

  void add(const result<step_values>& x) {
    std::lock_guard guard{mutex};
    if (!x) {
      if (!failed)
        failed = x.error();
      return;
    }
    loss = x->loss();
    if (++steps % tenth == 0)
      times.push_back(now_ns());
  }

  bool has_failed() {
    std::lock_guard guard{mutex};
    return failed.has_value();
  }

  std::pair<uint64_t, double> read() {
    std::lock_guard guard{mutex};
    return {steps, loss};
  }
};

/// Copies of the parameters, taken now and then.
class keeper {
public:
  keeper(session& s, tally& t) : session_(s), tally_(t) {
    copy();
  }

  void copy_if_due() {
    if (now_ns() >= due_)
      copy();
  }

  /// Waits for steps in flight; false if the parameters are out of reach.
  bool copy() {
    auto start = now_ns();
    try {
      auto fresh = session_.parameters();
      parameters = std::move(fresh);
      step = tally_.read().first;
    } catch (const failure& e) {
      std::lock_guard guard{tally_.mutex};
      if (!tally_.failed)
        tally_.failed = e.value();
      return false;
    }
    auto end = now_ns();
    due_ = end + std::max(shortest_pause, pause_per_cost * (end - start));
    return true;
  }

  parameter_map parameters;
  uint64_t step = 0;

private:
  session& session_;
  tally& tally_;
  int64_t due_ = 0;
};

std::vector<double> per_step(const tally& t, int64_t start) {
  std::vector<double> out;
  for (auto time : t.times) {
    out.push_back(static_cast<double>(time - start) * 1e-9
                  / static_cast<double>(t.tenth));
    start = time;
  }
  return out;
}

} // namespace

training_outcome train(session& s, const model& m, const batch_range& batches,
                       uint64_t steps, bool copies, progress& shown,
                       const before_step& before) {
  auto total = static_cast<uint64_t>(batches.size());
  if (steps > 0)
    total = std::min(total, steps);
  auto t = std::make_shared<tally>();
  t->tenth = std::max<uint64_t>(1, total / 10);
  keeper kept{s, *t};
  training_outcome out;
  auto start = now_ns();
  uint64_t sent = 0;
  auto per_epoch = static_cast<uint64_t>(batches.batches_per_epoch());
  for (auto& b : batches) {
    if (sent == total || t->has_failed() || (out.interrupted = interrupted()))
      break;
    if (before)
      before(++sent);
    else
      ++sent;
    s.step({{m.x, b.x}, {m.t, b.y}}).then([t](auto& x) { t->add(x); });
    if (copies)
      kept.copy_if_due();
    auto [done, loss] = t->read();
    shown.step(done, loss);
    if (sent % per_epoch == 0)
      shown.epoch(sent / per_epoch, loss);
  }
  try {
    s.finish();
  } catch (const failure&) {
    // The continuation of the step has noted it.
  }
  out.seconds = static_cast<double>(now_ns() - start) * 1e-9;
  kept.copy();
  shown.end();
  std::lock_guard guard{t->mutex};
  out.steps = t->steps;
  out.loss = t->loss;
  out.tenths = per_step(*t, start);
  out.failed = t->failed;
  out.parameters = std::move(kept.parameters);
  out.parameters_step = kept.step;
  return out;
}

} // namespace morph::cli
