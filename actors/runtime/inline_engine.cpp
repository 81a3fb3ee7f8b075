#include <morph/actors/machine/machine_state.hpp>
#include <morph/actors/machine/node_machine.hpp>
#include <morph/actors/machine/parameter_machine.hpp>
#include <morph/actors/machine/value_ledger.hpp>
#include <morph/actors/planning/budget.hpp>
#include <morph/actors/runtime/inline_engine.hpp>

#include <deque>
#include <mutex>
#include <optional>
#include <variant>

namespace morph {

namespace {

enum class verb : uint8_t {
  forward,
  backward,
  recall,
  begin,
  commit,
  cancel,
  turn,
  failed,
  ready,
  gradient,
};

struct message {
  verb what;
  node_id to = 0;     // session_node: the step machine
  uint32_t index = 0; // port, slot or direction
  uint64_t step = 0;
  versioned x;
  double number = 0; // scale or norm
  bool yes = false;
  node_id from = 0;
  std::unique_ptr<error> problem = nullptr;
};

class inline_engine final : public engine, step_outlet {
public:
  inline_engine(deployment plan, uint64_t forward_budget)
    : plan_(std::move(plan)), budget_(forward_budget),
      wires_(std::make_unique<wiring>(plan_)),
      cache_left_(static_cast<int64_t>(plan_.cache_bytes)),
      counters_(plan_.net.size()),
      steps_(std::make_unique<step_machine>(plan_, *wires_)) {
    auto context = shared_context();
    machines_.resize(plan_.net.size());
    for (auto& n : plan_.net.data()->nodes) {
      if (n.is(builtin::parameter))
        machines_[n.id].emplace<1>(
          std::make_unique<parameter_machine>(context, n.id, counters_[n.id]));
      else if (runs_somewhere(n))
        machines_[n.id].emplace<0>(
          std::make_unique<node_machine>(context, n.id, counters_[n.id]));
    }
  }

  const deployment& plan() const override {
    return plan_;
  }

  void submit(step_order x, step_callback done) override {
    std::lock_guard guard{mutex_};
    auto ok = steps_->check(x);
    if (ok)
      ok = keep_within_budget(x);
    if (!ok) {
      done(fail(std::move(ok.error())));
      return;
    }
    done_ = std::move(done);
    steps_->start(++last_step_, x, *this);
    drain();
  }

  result<state_map> save_state() override {
    std::lock_guard guard{mutex_};
    state_map out;
    for (auto& m : machines_)
      std::visit([&out](auto& x) { save_machine(x.get(), out); }, m);
    return out;
  }

  result<void> load_state(const state_map& xs) override {
    std::lock_guard guard{mutex_};
    for (auto& [n, bytes] : xs) {
      auto ok
        = n < machines_.size()
          && std::visit([&](auto& x) { return load_machine(x.get(), bytes); },
                        machines_[n]);
      if (!ok)
        return fail(errc::protocol_violation,
                    "the state does not belong to this graph");
    }
    return {};
  }

  result<void> assign(const assignment_map& xs) override {
    std::lock_guard guard{mutex_};
    for (auto& [n, x] : xs) {
      auto* p = n < machines_.size() ? parameter(machines_[n]) : nullptr;
      if (!p)
        return fail(errc::unknown_name, "only parameters can be assigned");
      if (auto ok = p->assign(x); !ok)
        return ok;
    }
    return {};
  }

  result<run_report> report() override {
    std::lock_guard guard{mutex_};
    run_report out;
    for (auto& n : plan_.net.data()->nodes)
      if (runs_somewhere(n))
        out.nodes.push_back(make_report(n, counters_[n.id], "inline"));
    out.hosts.push_back({"inline", out.nodes.size(),
                         static_cast<uint64_t>(ledger_.peak_bytes()),
                         static_cast<uint64_t>(ledger_.live_bytes())});
    return out;
  }

  result<std::string> replan(bool) override {
    return std::string{"inline: everything runs on the caller's thread"};
  }

  result<std::string> explain() override {
    return std::string{"inline: everything runs on the caller's thread"};
  }

private:
  using machine = std::variant<std::unique_ptr<node_machine>,
                               std::unique_ptr<parameter_machine>>;

  static parameter_machine* parameter(machine& m) noexcept {
    auto* p = std::get_if<1>(&m);
    return p ? p->get() : nullptr;
  }

  /// Sends in the name of one node.
  class node_outlet final : public outlet {
  public:
    node_outlet(inline_engine& owner, node_id n) : owner_(owner), node_(n) {
      // nop
    }

    void forward(uint32_t edge, uint64_t step, versioned x) override {
      auto& e = owner_.wires_->consumers(node_)[edge];
      owner_.push({verb::forward, e.to, e.to_port, step, std::move(x)});
    }

    void backward(uint32_t input, uint64_t step, versioned x) override {
      auto& e = owner_.wires_->inputs(node_)[input];
      owner_.push({verb::backward, e.from.node, e.slot, step, std::move(x)});
    }

    void recall(uint32_t input, uint64_t step) override {
      auto& e = owner_.wires_->inputs(node_)[input];
      owner_.push({verb::recall, e.from.node, e.slot, step, {}});
    }

    void pass_turn(pass_direction d, uint64_t step) override {
      if (auto* next = owner_.wires_->next_turn(node_, d))
        owner_.push({verb::turn, *next, static_cast<uint32_t>(d), step, {}});
    }

    void failed(uint64_t step, error what) override {
      message m{verb::failed, session_node, 0, step, {}};
      m.problem = std::make_unique<error>(std::move(what));
      owner_.push(std::move(m));
    }

    void ready(uint64_t step, double norm2, bool has_gradient) override {
      message m{verb::ready, session_node, 0, step, {}};
      m.number = norm2;
      m.yes = has_gradient;
      m.from = node_;
      owner_.push(std::move(m));
    }

    void gradient(uint64_t step, value x) override {
      message m{verb::gradient, session_node, 0, step, {std::move(x)}};
      m.from = node_;
      owner_.push(std::move(m));
    }

  private:
    inline_engine& owner_;
    node_id node_;
  };

  // -- step_outlet ------------------------------------------------------------

  void forward(const out_edge& e, uint64_t step, versioned x) override {
    push({verb::forward, e.to, e.to_port, step, std::move(x)});
  }

  void seed(node_id node, uint32_t slot, uint64_t step, versioned x) override {
    push({verb::backward, node, slot, step, std::move(x)});
  }

  void begin(uint64_t step, uint8_t flags) override {
    for (auto n : wires_->starters())
      push({verb::begin, n, 0, step, {{}, 0, flags}});
  }

  void commit(uint64_t step, double scale) override {
    for (auto n : wires_->trained_parameters()) {
      message m{verb::commit, n, 0, step, {}};
      m.number = scale;
      push(std::move(m));
    }
  }

  void cancel(uint64_t step) override {
    for (auto& n : plan_.net.data()->nodes)
      if (runs_somewhere(n))
        push({verb::cancel, n.id, 0, step, {}});
  }

  void done(uint64_t, result<step_output> x) override {
    outcome_.emplace(std::move(x));
  }

  // -- budget -------------------------------------------------------------------

  machine_context shared_context() {
    return {&plan_, wires_.get(), &cache_left_,
            budget_ > 0 ? &ledger_ : nullptr};
  }

  /// Decides again what to recompute when dynamic extents change.
  result<void> keep_within_budget(const step_order& x) {
    if (budget_ == 0 || !x.backward)
      return {};
    auto extent = dynamic_extent(plan_.net, x.feeds);
    if (extent == extent_)
      return {};
    auto next = plan_;
    if (auto ok = fit_budget(next, budget_, extent); !ok)
      return ok;
    extent_ = extent;
    plan_ = std::move(next);
    wires_ = std::make_unique<wiring>(plan_);
    steps_ = std::make_unique<step_machine>(plan_, *wires_);
    for (auto& m : machines_)
      std::visit(
        [&](auto& x) {
          if (x)
            x->rewire(shared_context());
        },
        m);
    return {};
  }

  // -- queue --------------------------------------------------------------------

  void push(message m) {
    queue_.push_back(std::move(m));
  }

  void drain() {
    while (!queue_.empty()) {
      auto m = std::move(queue_.front());
      queue_.pop_front();
      if (m.to == session_node || plan_.net[m.to].is(builtin::input))
        to_session(m);
      else
        to_node(m);
    }
    auto x = std::move(outcome_);
    outcome_.reset();
    auto f = std::move(done_);
    if (x)
      f(std::move(*x));
    else
      f(fail(errc::node_failed, "the step ended without a result"));
  }

  void to_session(message& m) {
    switch (m.what) {
      case verb::forward:
        steps_->on_result(m.index, m.step, std::move(m.x), *this);
        break;
      case verb::backward:
        steps_->on_backward(m.to, m.index, m.step, std::move(m.x), *this);
        break;
      case verb::ready:
        steps_->on_ready(m.from, m.step, m.number, m.yes, *this);
        break;
      case verb::gradient:
        steps_->on_gradient(m.from, m.step, std::move(m.x.payload), *this);
        break;
      case verb::failed:
        steps_->on_failed(m.step, std::move(*m.problem), *this);
        break;
      default:
        break;
    }
  }

  void to_node(message& m) {
    node_outlet out{*this, m.to};
    std::visit([&](auto& machine) { dispatch(*machine, m, out); },
               machines_[m.to]);
  }

  static void dispatch(node_machine& x, message& m, outlet& out) {
    switch (m.what) {
      case verb::forward:
        x.on_forward(m.index, m.step, std::move(m.x), out);
        break;
      case verb::backward:
        x.on_backward(m.index, m.step, std::move(m.x), out);
        break;
      case verb::recall:
        x.on_recall(m.index, m.step, out);
        break;
      case verb::begin:
        x.on_begin(m.step, m.x.flags, out);
        break;
      case verb::turn:
        x.on_turn(static_cast<pass_direction>(m.index), m.step, out);
        break;
      case verb::cancel:
        x.on_cancel(m.step);
        break;
      default:
        break;
    }
  }

  static void dispatch(parameter_machine& x, message& m, outlet& out) {
    switch (m.what) {
      case verb::backward:
        x.on_backward(m.index, m.step, std::move(m.x), out);
        break;
      case verb::recall:
        x.on_recall(m.index, m.step, out);
        break;
      case verb::begin:
        x.on_begin(m.step, m.x.flags, out);
        break;
      case verb::commit:
        x.on_commit(m.step, m.number, out);
        break;
      case verb::cancel:
        x.on_cancel(m.step, out);
        break;
      default:
        break;
    }
  }

  std::mutex mutex_;
  deployment plan_;
  uint64_t budget_;
  int64_t extent_ = 0;
  std::unique_ptr<wiring> wires_;
  std::atomic<int64_t> cache_left_;
  value_ledger ledger_;
  std::vector<node_counters> counters_;
  std::unique_ptr<step_machine> steps_;
  std::vector<machine> machines_;
  std::deque<message> queue_;
  uint64_t last_step_ = 0;
  step_callback done_;
  std::optional<result<step_output>> outcome_;
};

} // namespace

std::unique_ptr<engine> make_inline_engine(deployment plan,
                                           uint64_t forward_budget) {
  return std::make_unique<inline_engine>(std::move(plan), forward_budget);
}

} // namespace morph
