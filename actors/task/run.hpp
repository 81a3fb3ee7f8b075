// How a program starts tasks, on any runtime:
//
//   long x = run(rt, fib, 25);            // blocks; throws what went wrong
//   auto r = try_run(rt, fib, 25);        // the same as result<long>
//   auto f = start(rt, fib, 25);          // does not block; f.get() does
//
// `rt` is a `runtime`, on which also graphs run, or a `task_runtime`. Hints
// stand among the arguments as ever.
//
// Thread-safety: all functions and members may be called from any thread that
// does not run tasks of that runtime.
#pragma once

#include <morph/actors/runtime/runtime.hpp>
#include <morph/actors/task/context.hpp>

#include <source_location>
#include <utility>

namespace morph {

/// A task that a program has started. Dropping it cancels the task.
template <class T>
class [[nodiscard]] started {
public:
  started(task_runtime& on, branch_handle<T> x) noexcept
    : on_(&on), x_(std::move(x)) {
    // nop
  }

  started(started&& x) noexcept : on_(x.on_), x_(std::exchange(x.x_, {})) {
    // nop
  }

  started& operator=(started&& x) noexcept {
    std::swap(on_, x.on_);
    std::swap(x_, x.x_);
    return *this;
  }

  ~started() {
    if (x_ && !x_.done())
      cancel();
  }

  bool done() const noexcept {
    return x_.done();
  }

  void cancel() {
    on_->cancel_root(*tasks::access::of(x_));
  }

  /// Blocks until it is done; takes its result.
  result<T> get() {
    auto& x = *tasks::access::of(x_);
    if (auto ok = on_->wait_for(x); !ok)
      return fail(std::move(ok.error()));
    if (x.problem())
      return fail(x.named_problem());
    auto out = x.take(x.is_sole());
    if (!out)
      return fail(std::move(out.error()));
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return std::move(*out);
  }

  /// To be awaited by tasks.
  const branch_handle<T>& handle() const noexcept {
    return x_;
  }

private:
  task_runtime* on_;
  branch_handle<T> x_;
};

namespace tasks {

/// A runtime, and where it was passed on.
struct located_runtime {
  located_runtime(task_runtime& x,
                  std::source_location at = std::source_location::current())
    : on(x), where(at) {
    // nop
  }

  located_runtime(morph::runtime& x,
                  std::source_location at = std::source_location::current())
    : on(x.tasks()), where(at) {
    // nop
  }

  task_runtime& on;
  std::source_location where;
};

} // namespace tasks

/// Runs `f(self, args...)` or `f(args...)` without waiting for it.
template <class F, class... As>
auto start(tasks::located_runtime rt, F&& f, As&&... args) {
  using value = tasks::branch_value<F, As...>;
  static_assert((!tasks::is_borrowed<std::decay_t<As>> && ...),
                "borrow(x) needs a scope that is joined before x can die: "
                "co_await with_scope(self, ...)");
  return started<value>{rt.on,
                        tasks::branch_root(rt.on, rt.where, std::forward<F>(f),
                                           std::forward<As>(args)...)};
}

/// The same, and waits.
template <class F, class... As>
auto try_run(tasks::located_runtime rt, F&& f, As&&... args)
  -> result<tasks::branch_value<F, As...>> {
  if (auto ok = rt.on.may_wait(); !ok)
    return fail(std::move(ok.error()));
  try {
    return start(rt, std::forward<F>(f), std::forward<As>(args)...).get();
  } catch (const failure& e) {
    return fail(e.value());
  }
}

template <class F, class... As>
auto run(tasks::located_runtime rt, F&& f, As&&... args)
  -> tasks::branch_value<F, As...> {
  unwrap(rt.on.may_wait());
  return unwrap(start(rt, std::forward<F>(f), std::forward<As>(args)...).get());
}

/// As `on(rt.tasks())`.
inline tasks::hop_wait on(runtime& rt) {
  return on(rt.tasks());
}

} // namespace morph
