#include <morph/actors/session/step_handle.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace morph {

namespace {

/// Whoever cares about what fails behind a step has a handle of its own.
void call(const step_handle::continuation& f,
          const result<step_values>& x) noexcept {
  try {
    f(x);
  } catch (...) {
    // dropped
  }
}

} // namespace

const value& step_values::operator[](const expr& x) const {
  auto i = where_->results.find(x.ref());
  if (i == where_->results.end()) {
    auto e = error{errc::unknown_name,
                   "this is not among the results of the "
                   "session"};
    throw failure{e.at(display_name(x.node()), x.node().where())};
  }
  auto& out = output_.results[i->second];
  if (!out) {
    auto e = error{errc::unknown_name, "the step was not asked for this"};
    e.remedy("name it among the results of run() or predict()");
    throw failure{e.at(display_name(x.node()), x.node().where())};
  }
  return out;
}

tensor step_values::at(const expr& x) const {
  return tensor::from((*this)[x]);
}

tensor step_values::gradient(const expr& x) const {
  auto i = where_->gradients.find(x.ref().node);
  if (i == where_->gradients.end()) {
    auto e
      = error{errc::unknown_name, "the session does not return this gradient"};
    e.remedy("name it in gradients_of(loss, {...})");
    throw failure{e.at(display_name(x.node()), x.node().where())};
  }
  if (i->second >= output_.gradients.size() || !output_.gradients[i->second])
    return {};
  return tensor::from(output_.gradients[i->second]);
}

double step_values::loss() const {
  double sum = 0;
  for (auto i : where_->losses)
    sum += as_tensor(output_.results[i]).item();
  return sum;
}

struct step_handle::state {
  explicit state(caf::actor_system* sys) : system(sys) {
    // nop
  }

  caf::actor_system* system;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::optional<result<step_values>> outcome;
  std::vector<continuation> waiting;
};

step_handle::step_handle() : step_handle(nullptr) {
  // nop
}

step_handle::step_handle(caf::actor_system* sys)
  : state_(std::make_shared<state>(sys)) {
  // nop
}

const result<step_values>& step_handle::wait() const& {
  if (state_->system && !ready()
      && !compat::run_until(*state_->system, [this] { return ready(); }))
    fulfil(fail(compat::why_stalled(*state_->system)), {});
  std::unique_lock guard{state_->mutex};
  state_->changed.wait(guard, [&] { return state_->outcome.has_value(); });
  return *state_->outcome;
}

result<step_values> step_handle::wait() && {
  return std::as_const(*this).wait();
}

step_values step_handle::get() const {
  auto& x = wait();
  if (!x)
    throw failure{x.error()};
  return *x;
}

bool step_handle::ready() const noexcept {
  std::lock_guard guard{state_->mutex};
  return state_->outcome.has_value();
}

void step_handle::then(continuation f) const {
  {
    std::lock_guard guard{state_->mutex};
    if (!state_->outcome) {
      state_->waiting.push_back(std::move(f));
      return;
    }
  }
  call(f, *state_->outcome);
}

void step_handle::fulfil(result<step_values> x,
                         const executor& elsewhere) const {
  std::vector<continuation> waiting;
  {
    std::lock_guard guard{state_->mutex};
    if (state_->outcome)
      return; // it was given up
    state_->outcome.emplace(std::move(x));
    waiting.swap(state_->waiting);
  }
  state_->changed.notify_all();
  for (auto& f : waiting) {
    auto go = [f = std::move(f), s = state_] { call(f, *s->outcome); };
    if (elsewhere)
      elsewhere(std::move(go));
    else
      go();
  }
}

} // namespace morph
