#include <morph/graph/clock.hpp>
#include <morph/transport/compat/scheduler.hpp>

#include <chrono>
#include <thread>

namespace morph::compat {

namespace {

/// A job that ran longer than this is coarse work, worth a wake-up.
constexpr int64_t long_run_ns = 20'000;

/// For how long a worker searches before it sleeps, if its last wait was
/// short. It is what a message to another process and its answer take.
constexpr int64_t linger_ns = 100'000;

/// A wait that ended in sleep has a wake-up in it: lingering would have made
/// it shorter.
constexpr int64_t short_wait_ns = 2 * linger_ns;

/// How often the sentinel looks around, and how long it does so in vain.
constexpr auto sentinel_period = std::chrono::milliseconds{1};
constexpr size_t sentinel_rounds = 10;

} // namespace

void run_queue::push(caf::resumable* job) {
  std::lock_guard guard{mutex_};
  jobs_.push_back(job);
  size_.store(jobs_.size(), std::memory_order_seq_cst);
}

caf::resumable* run_queue::pop() {
  if (size_.load(std::memory_order_seq_cst) == 0)
    return nullptr;
  std::lock_guard guard{mutex_};
  if (jobs_.empty())
    return nullptr;
  auto* job = jobs_.front();
  jobs_.pop_front();
  size_.store(jobs_.size(), std::memory_order_seq_cst);
  return job;
}

void dormitory::wake_one() {
  {
    std::lock_guard guard{mutex_};
    if (tokens_ >= sleepers_.load(std::memory_order_seq_cst))
      return;
    ++tokens_;
  }
  condition_.notify_one();
}

void dormitory::sleep(size_t round) {
  std::unique_lock guard{mutex_};
  auto woken = [this] { return tokens_ > 0; };
  auto is_sentinel
    = round < sentinel_rounds && !sentinel_.load(std::memory_order_seq_cst);
  if (is_sentinel) {
    sentinel_.store(true, std::memory_order_seq_cst);
    condition_.wait_for(guard, sentinel_period, woken);
    sentinel_.store(false, std::memory_order_seq_cst);
  } else {
    condition_.wait(guard, woken);
  }
  if (tokens_ > 0)
    --tokens_;
}

void relax_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  for (int i = 0; i < 8; ++i)
    __builtin_ia32_pause();
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

void give_way() noexcept {
  std::this_thread::yield();
}

int64_t wake_on_enqueue::read_clock() noexcept {
  return now_ns();
}

bool wake_on_enqueue::may_linger(int64_t waited_ns) noexcept {
  return waited_ns < linger_ns;
}

bool wake_on_enqueue::was_short(int64_t waited_ns) noexcept {
  return waited_ns < short_wait_ns;
}

bool wake_on_enqueue::runs_long(int64_t resumed_at) noexcept {
  return resumed_at == 0 || now_ns() - resumed_at > long_run_ns;
}

} // namespace morph::compat

namespace caf::scheduler {

template <>
void worker<morph::compat::wake_on_enqueue>::run() {
#if CAF_LOG_LEVEL > CAF_LOG_LEVEL_QUIET
  CAF_SET_LOGGER_SYS(&system());
#else
  // Without a logger CAF's actors do not keep it informed either.
  CAF_SET_LOGGER_SYS(nullptr);
#endif
  for (;;) {
    auto* job = policy_.dequeue(this);
#if CAF_LOG_LEVEL > CAF_LOG_LEVEL_QUIET
    CAF_PUSH_AID_FROM_PTR(dynamic_cast<abstract_actor*>(job));
#endif
    policy_.before_resume(this, job);
    switch (job->resume(this, max_throughput_)) {
      case resumable::resume_later:
        policy_.resume_job_later(this, job);
        break;
      case resumable::done:
      case resumable::awaiting_message:
        // The queue's reference; whoever enqueues the job again adds one.
        intrusive_ptr_release(job);
        break;
      case resumable::shutdown_execution_unit:
        return;
    }
  }
}

} // namespace caf::scheduler
