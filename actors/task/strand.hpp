// Where branches run: one thing at a time, in the order in which it is posted.
// On `threads` a strand is an actor; elsewhere it is a queue.
//
// A strand also keeps the branches that were folded into it: those that do not
// run yet, and those that may go on. They are started in the order in which
// they were made, but before whatever was there when their maker began: depth
// first, so that memory is bounded by the depth of a recursion.
//
// Coroutines are resumed by a loop here, never by each other: the stack stays
// flat at any depth and any level of optimisation.
//
// Thread-safety: `post` and counting from any thread; all else on the strand.
#pragma once

#include <morph/actors/task/branch_list.hpp>
#include <morph/actors/task/work.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace morph {

class task_runtime;

} // namespace morph

namespace morph::tasks {

class branch_core;

class strand {
public:
  explicit strand(task_runtime& rt) noexcept : again_(*this), runtime_(&rt) {
    // nop
  }

  strand(const strand&) = delete;
  strand& operator=(const strand&) = delete;

  /// Has `x` run here; never runs it before it returns.
  virtual void post(work& x) = 0;

  virtual void add_ref() noexcept = 0;
  virtual void release() noexcept = 0;

  task_runtime& runtime() const noexcept {
    return *runtime_;
  }

  /// The strand that the calling thread is running; null if none.
  static strand* current() noexcept;

  /// Has the calling thread, which runs a strand of another runtime, drive
  /// `rt` when it is done with that.
  static void drive_later(task_runtime& rt);

  /// Runs `x` and what it made runnable. Called by the implementation only,
  /// by one thread at a time.
  void run(work& x) noexcept;

  // -- on the strand ----------------------------------------------------------

  /// Continues with `h` as soon as the running coroutine has suspended.
  void transfer(std::coroutine_handle<> h) noexcept {
    next_ = h;
  }

  /// The branch's outermost coroutine has come to its end.
  void returned(branch_core& x) noexcept {
    returned_ = &x;
  }

  /// `x` goes on when it is its turn.
  void make_ready(branch_core& x) noexcept;

  /// `x` starts when there is nothing else to do.
  void add_unstarted(branch_core& x) noexcept;

  void remove_unstarted(branch_core& x) noexcept;

protected:
  ~strand() = default;

private:
  /// Lets others have a turn, then goes on.
  class again final : public work {
  public:
    explicit again(strand& whose) noexcept : whose_(whose) {
      // nop
    }

    void run(strand&) noexcept override {
      whose_.comes_back_ = false;
      whose_.release();
    }

  private:
    strand& whose_;
  };

  void drain() noexcept;
  void resume(std::coroutine_handle<> h) noexcept;
  void yield() noexcept;

  std::coroutine_handle<> next_;
  branch_core* returned_ = nullptr;
  branch_list ready_;
  branch_list unstarted_;
  branch_core* youngest_ = nullptr; ///< Last made since the loop went round.
  again again_;
  bool comes_back_ = false;
  task_runtime* runtime_;
};

/// A counted reference to a strand.
class strand_ptr {
public:
  strand_ptr() = default;

  /// Adds a reference.
  explicit strand_ptr(strand* x) noexcept : x_(x) {
    if (x_)
      x_->add_ref();
  }

  /// Takes over a reference.
  static strand_ptr adopt(strand* x) noexcept {
    strand_ptr out;
    out.x_ = x;
    return out;
  }

  strand_ptr(const strand_ptr& x) noexcept : strand_ptr(x.x_) {
    // nop
  }

  strand_ptr(strand_ptr&& x) noexcept : x_(std::exchange(x.x_, nullptr)) {
    // nop
  }

  strand_ptr& operator=(strand_ptr x) noexcept {
    std::swap(x_, x.x_);
    return *this;
  }

  ~strand_ptr() {
    if (x_)
      x_->release();
  }

  strand* get() const noexcept {
    return x_;
  }

  strand& operator*() const noexcept {
    return *x_;
  }

  strand* operator->() const noexcept {
    return x_;
  }

  explicit operator bool() const noexcept {
    return x_ != nullptr;
  }

private:
  strand* x_ = nullptr;
};

} // namespace morph::tasks
