// A branch without its type: who made it, where it runs, what it waits for and
// what it has branched in turn.
//
// Thread-safety: a branch has two sides. Its own side belongs to the strand
// that it is on (`home`), the owner's side to the strand of the branch that
// made it; members say which. `finished`, `home` and counting are for all.
// Invariants:
// 1. A branch is finished when its code has ended and all its branches are
//    finished: an owner outlives what it has branched.
// 2. It suspends in one place at a time; `waiting_` says where.
// 3. Once `cancel_reason` is set, whatever it awaits ends with that reason,
//    except inside a shield.
// 4. Its owner is told exactly once, on the owner's strand.
#pragma once

#include <morph/actors/task/frame_pool.hpp>
#include <morph/actors/task/scope_core.hpp>
#include <morph/actors/task/strand.hpp>
#include <morph/actors/task/suspension.hpp>
#include <morph/actors/task/task_time.hpp>
#include <morph/actors/task/timer.hpp>
#include <morph/graph/error.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <stop_token>
#include <string>
#include <typeinfo>
#include <vector>

namespace morph {

class context;
class task_runtime;

} // namespace morph

namespace morph::tasks {

class external_core;

template <class T>
class branch_ref;

enum class branch_phase : uint8_t {
  created,   ///< Waits for a place within its scope's limits.
  unstarted, ///< In the list of its strand.
  posted,    ///< On its way to a strand of its own.
  running,
  closing, ///< Its code has ended, some of its branches have not.
  finished,
};

class branch_core : public work, public timer_client {
public:
  branch_core(task_runtime& rt, scope_core* in, std::source_location at);

  branch_core(const branch_core&) = delete;
  branch_core& operator=(const branch_core&) = delete;

  // -- for all ----------------------------------------------------------------

  void add_ref() noexcept {
    refs_.fetch_add(1, std::memory_order_relaxed);
  }

  void release() noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

  /// True if the caller holds the only reference but for `others`.
  bool is_sole(uint32_t others = 0) const noexcept {
    return refs_.load(std::memory_order_acquire) == 1 + others;
  }

  strand* home() const noexcept {
    return home_.load(std::memory_order_acquire);
  }

  bool finished() const noexcept {
    return outsiders_.load(std::memory_order_acquire) == closed();
  }

  /// Tells `x` when this branch is finished; false if it is already.
  bool subscribe(external_core& x) noexcept;

  branch_core* owner() const noexcept {
    return owner_;
  }

  /// Its label, or what stands for one.
  std::string name() const;

  place where() const {
    return at_;
  }

  /// Why it has no result, as far as others may share it: without its name.
  /// REQUIRES: finished.
  const error* problem() const noexcept {
    return problem_.get();
  }

  /// The same in its name. REQUIRES: problem().
  error named_problem() const;

  virtual const std::type_info& result_type() const noexcept = 0;

  task_runtime& root_runtime() const noexcept {
    return *root_runtime_;
  }

  static void* operator new(size_t n) {
    return allocate_frame(n);
  }

  static void operator delete(void* p, size_t n) noexcept {
    free_frame(p, n);
  }

  // -- the owner's side -------------------------------------------------------

  /// Decides that it runs on `where`, folded or as the first on it.
  void place_on(strand& where, bool folded) noexcept;

  /// Cancels it wherever it is.
  void cancel(const reason_ptr& why, bool hard = false) noexcept;

  /// The same from anywhere, if its strand is known to be alive.
  void request_cancel(const reason_ptr& why, bool hard);

  // -- its own side -----------------------------------------------------------

  /// Starts it, or tells the owner that it is finished.
  void run(strand& on) noexcept final;

  /// Its deadline has passed; of a branch with an owner on the owner's side.
  void timed_out() noexcept final;

  /// Starts a branch that was taken from a list of its strand.
  void start(strand& on) noexcept;

  /// Its outermost coroutine has ended.
  void returned() noexcept;

  void suspend(suspension& x, std::coroutine_handle<> h) noexcept {
    x.who = this;
    resume_at_ = h;
    waiting_ = &x;
  }

  /// Ends its suspension.
  void wake() noexcept;

  /// Undoes `suspend`: there is nothing to wait for after all.
  void unsuspend() noexcept {
    waiting_ = nullptr;
  }

  /// True if what it awaits now must end at once.
  bool interrupted() const noexcept {
    return cancel_reason_ && (shields_ == 0 || hard_);
  }

  /// Why it was cancelled, in its name.
  error reason() const;

  /// Throws why it was cancelled.
  [[noreturn]] void throw_reason() const;

  void shield(int by) noexcept {
    shields_ += by;
  }

  /// Goes on with `then`, on another strand; the last thing it does where it
  /// is.
  void move_to(strand& where, work& then) noexcept;

  /// The strand of another runtime that it was on before, or a new one.
  strand& strand_on(task_runtime& rt);

  std::stop_token stop_token();

  virtual ~branch_core();

protected:
  /// Calls the function; a coroutine is returned, a value kept.
  virtual std::coroutine_handle<> begin() = 0;

  /// Moves the coroutine's result here and destroys the coroutine.
  virtual void take_result() noexcept = 0;

  /// Destroys arguments and function.
  virtual void drop_inputs() noexcept = 0;

  void fail_with(error x);

  /// It was cancelled.
  void fail_with(const reason_ptr& why) noexcept;

  /// Its coroutine was left by an exception.
  void fail_with(const std::exception_ptr& x, bool interrupted);

public:
  // -- data, read and written by scopes, strands and awaiters -----------------

  // Own side.
  branch_core* list_prev = nullptr; ///< Of the strand's lists.
  branch_core* list_next = nullptr;
  scope_core implicit;          ///< Of `context::branch`.
  scope_core* scopes = nullptr; ///< All that are open, newest first.
  size_t live_branches = 0;     ///< In all its scopes.
  std::optional<task_time> due; ///< Its deadline, also an inherited one.
  uint32_t depth = 0;
  bool elsewhere = false; ///< Waits for another host, whose report closes it.

  // Owner's side.
  branch_core* sibling_prev = nullptr;
  branch_core* sibling_next = nullptr;
  branch_core* done_next = nullptr; ///< Of the scope's list of finished ones.
  scope_core* scope = nullptr;
  suspension* awaited_by = nullptr;
  strand_ptr own_strand; ///< Empty if folded.
  timer* timeout = nullptr;
  uint32_t limit_mask = 0;
  int priority = 0;
  bool placed = false;
  bool delivered = false;
  bool seen = false;     ///< Its result was taken before the owner was told.
  bool shielded = false; ///< Made under a shield: spared when its owner is not.
  std::atomic<bool> taken{false};

  const char* label = nullptr; ///< Static storage, or that of `label_text`.
  std::unique_ptr<std::string> label_text;

  std::coroutine_handle<> resume_at() const noexcept {
    return resume_at_;
  }

  branch_phase phase() const noexcept {
    return phase_;
  }

  const suspension* waiting() const noexcept {
    return waiting_;
  }

  const reason_ptr& cancel_reason() const noexcept {
    return cancel_reason_;
  }

  /// Cancels it here, and what it has branched.
  void interrupt(const reason_ptr& why, bool hard) noexcept;

  /// A branch of this one is finished; true if this one is now, too.
  bool branch_done(branch_core& x) noexcept;

  /// Tells owners upwards.
  void finish() noexcept;

  /// Branches that wait for handles of others, at or below this one.
  std::atomic<uint32_t> outside_waits{0};

private:
  static external_core* closed() noexcept;

  void close() noexcept;
  branch_core* finish_one() noexcept;
  void close_outsiders() noexcept;
  void interrupt_one(const reason_ptr& why, bool hard,
                     std::vector<branch_ref<branch_core>>& others);
  void fail_unstarted(const reason_ptr& why) noexcept;

  std::atomic<uint32_t> refs_{2}; ///< Its scope's and its handle's.
  branch_phase phase_ = branch_phase::created;
  bool hard_ = false;
  bool away_ = false; ///< Counted as being on another runtime than its root.
  int shields_ = 0;
  std::atomic<strand*> home_{nullptr};
  branch_core* owner_;
  task_runtime* root_runtime_;
  suspension* waiting_ = nullptr;
  std::coroutine_handle<> resume_at_;
  std::atomic<external_core*> outsiders_{nullptr};
  reason_ptr cancel_reason_;
  std::shared_ptr<const error> problem_;
  std::source_location at_;

  /// What few branches need.
  struct rare {
    std::optional<std::stop_source> stop;
    std::vector<strand_ptr> visited;
  };

  rare& rarely();

  std::unique_ptr<rare> rare_;
};

/// A counted reference to a branch.
template <class T>
class branch_ref {
public:
  branch_ref() = default;

  explicit branch_ref(T* x) noexcept : x_(x) {
    if (x_)
      x_->add_ref();
  }

  static branch_ref adopt(T* x) noexcept {
    branch_ref out;
    out.x_ = x;
    return out;
  }

  branch_ref(const branch_ref& x) noexcept : branch_ref(x.x_) {
    // nop
  }

  branch_ref(branch_ref&& x) noexcept : x_(std::exchange(x.x_, nullptr)) {
    // nop
  }

  branch_ref& operator=(branch_ref x) noexcept {
    std::swap(x_, x.x_);
    return *this;
  }

  ~branch_ref() {
    if (x_)
      x_->release();
  }

  T* get() const noexcept {
    return x_;
  }

  T& operator*() const noexcept {
    return *x_;
  }

  T* operator->() const noexcept {
    return x_;
  }

  explicit operator bool() const noexcept {
    return x_ != nullptr;
  }

private:
  T* x_ = nullptr;
};

} // namespace morph::tasks
