// What happens in a `memory_io`: operations that take virtual time, and what
// goes wrong with them.
//
// Thread-safety: none.
//
// Invariants:
// 1. An operation takes effect when it completes, or not at all.
// 2. What is random is drawn in the order of operations: it follows from the
//    seed.
#pragma once

#include <morph/actors/io/memory_disk.hpp>
#include <morph/actors/io/memory_io.hpp>

#include <random>

namespace morph::detail {

class memory_world : public std::enable_shared_from_this<memory_world> {
public:
  memory_world(io_timeline& clock, const io_faults& faults)
    : clock(&clock), faults(faults), random(faults.seed) {
    // nop
  }

  /// Something that may have to wait before it can be done.
  class attempt : public std::enable_shared_from_this<attempt> {
  public:
    virtual ~attempt() = default;

    /// Does it if it can be done now.
    virtual void run() = 0;

    /// Completes it as cancelled.
    virtual void drop() = 0;
  };

  using attempt_ptr = std::shared_ptr<attempt>;

  /// What waits for a change.
  class waiting {
  public:
    void add(attempt_ptr x) {
      all_.push_back(std::move(x));
    }

    void wake(io_timeline& clock) {
      for (auto& x : std::exchange(all_, {}))
        clock.at(clock.now(), [x] { x->run(); });
    }

  private:
    std::vector<attempt_ptr> all_;
  };

  /// What an operation belongs to.
  struct origin {
    uint64_t life;            ///< In which its file or socket was made.
    std::string name;         ///< For errors.
    errc failing;             ///< What an injected fault is.
    waiting* queue = nullptr; ///< Where it waits.
  };

  /// Starts an operation: after its delay `f` is tried, and again when its
  /// queue is woken, until it has a result.
  template <class T, class F>
  void begin(origin from, std::stop_token stop, io_callback<T> done, F f);

  /// Until `when`: neither delayed nor counted.
  void wait(int64_t when, std::stop_token stop, io_callback<void> done);

  /// True with the probability `p`.
  bool chance(double p) {
    return p > 0 && static_cast<double>(random() >> 11) * 0x1p-53 < p;
  }

  /// `n`, or fewer but not none if that is due.
  size_t shortened(size_t n, double p) {
    return n > 1 && chance(p) ? 1 + random() % (n - 1) : n;
  }

  /// All that is under way is lost.
  void stop_machine();

  /// Completes all that is under way as cancelled.
  void drop_all();

  io_timeline* clock;
  memory_disk disk;
  io_faults faults;
  std::mt19937_64 random;
  uint64_t operations = 0;
  uint64_t life = 0; ///< Counts restarts: what began before is lost.
  bool stopped = false;

private:
  template <class T, class F>
  class operation;

  int64_t delay() {
    auto span = faults.most_delay - faults.least_delay;
    if (span <= 0)
      return faults.least_delay;
    return faults.least_delay
           + static_cast<int64_t>(random() % (static_cast<uint64_t>(span) + 1));
  }

  std::map<uint64_t, std::weak_ptr<attempt>> under_way_;
  uint64_t timers_ = uint64_t{1} << 63; ///< Numbers apart from operations.
};

template <class T, class F>
class memory_world::operation final : public attempt {
public:
  operation(memory_world& world, uint64_t number, origin from,
            io_callback<T> done, F f)
    : world_(world.shared_from_this()), number_(number), from_(std::move(from)),
      done_(std::move(done)), try_(std::move(f)) {
    // nop
  }

  void begin(int64_t when, const std::stop_token& stop) {
    auto self = shared_from_this();
    world_->under_way_.emplace(number_, self);
    world_->clock->at(when, [self] { self->run(); });
    if (stop.stop_possible())
      stop_.emplace(stop, cancel{this});
  }

  void run() override {
    if (!done_)
      return;
    if (world_->stopped || world_->life != from_.life)
      finish(fail(errc::host_lost, from_.name + ": the machine has stopped"));
    else if (number_ == world_->faults.fail_at)
      finish(fail(from_.failing, from_.name + ": injected fault"));
    else if (auto x = try_())
      finish(std::move(*x));
    else
      from_.queue->add(shared_from_this());
  }

  void drop() override {
    if (done_)
      finish(io_cancelled());
  }

private:
  struct cancel {
    operation* op;

    void operator()() const {
      auto self = op->shared_from_this();
      auto& clock = *op->world_->clock;
      clock.at(clock.now(), [self] { self->drop(); });
    }
  };

  void finish(result<T> x) {
    auto self = shared_from_this();
    auto done = std::exchange(done_, nullptr);
    world_->under_way_.erase(number_);
    stop_.reset();
    done(std::move(x));
  }

  std::shared_ptr<memory_world> world_;
  uint64_t number_;
  origin from_;
  io_callback<T> done_;
  F try_;
  std::optional<std::stop_callback<cancel>> stop_;
};

template <class T, class F>
void memory_world::begin(origin from, std::stop_token stop, io_callback<T> done,
                         F f) {
  auto number = operations++;
  if (number == faults.crash_at)
    stop_machine();
  std::make_shared<operation<T, F>>(*this, number, std::move(from),
                                    std::move(done), std::move(f))
    ->begin(clock->now() + delay(), stop);
}

} // namespace morph::detail
