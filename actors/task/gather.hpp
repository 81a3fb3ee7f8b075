// One handle or a range of handles in the same calls:
//
//   co_await all(h)        its result, moved out; of a range, a vector
//   co_await settled(h)    result<T>, throws nothing; of a range, a vector
//   co_await next(hs)      the result that is there first; its handle is taken
//                          out of `hs`; empty when `hs` is
//
// Thread-safety: belongs to the strand of the branch that waits.
#pragma once

#include <morph/actors/task/branch_handle.hpp>
#include <morph/actors/task/task.hpp>

#include <concepts>
#include <optional>
#include <ranges>
#include <type_traits>
#include <vector>

namespace morph {

namespace tasks {

template <class T>
inline constexpr bool is_handle = false;

template <class T>
inline constexpr bool is_handle<branch_handle<T>> = true;

template <class R>
concept handle_range = std::ranges::input_range<R> && is_handle<
  std::remove_cv_t<std::ranges::range_value_t<R>>>;

template <class R>
using value_of =
  typename std::remove_cv_t<std::ranges::range_value_t<R>>::value_type;

/// Until one of several branches is done.
class any_wait final : public suspension {
public:
  explicit any_wait(std::vector<branch_core*> whom) : whom_(std::move(whom)) {
    // nop
  }

  any_wait(const any_wait&) = delete;
  any_wait& operator=(const any_wait&) = delete;
  ~any_wait();

  bool await_ready() const noexcept {
    return false;
  }

  template <task_promise P>
  bool await_suspend(std::coroutine_handle<P> h) {
    return begin(*h.promise().core, h);
  }

  void await_resume();

  void detach() noexcept override;
  std::string what() const override;

private:
  bool begin(branch_core& me, std::coroutine_handle<> h);

  std::vector<branch_core*> whom_;
  std::vector<external_core*> told_by_;
};

template <class T>
task<std::vector<T>> all_of(std::vector<branch_handle<T>> hs) {
  std::vector<T> out;
  out.reserve(hs.size());
  for (auto& h : hs)
    out.push_back(co_await std::move(h));
  co_return out;
}

inline task<void> all_of(std::vector<branch_handle<void>> hs) {
  for (auto& h : hs)
    co_await std::move(h);
}

template <class T>
task<std::vector<result<T>>> settled_of(std::vector<branch_handle<T>> hs) {
  std::vector<result<T>> out;
  out.reserve(hs.size());
  for (auto& h : hs)
    out.push_back(co_await settled(h));
  co_return out;
}

/// The index of one that is done; `hs.size()` if all handles are empty.
template <class Handles>
task<size_t> first_done(Handles& hs) {
  std::vector<branch_core*> whom;
  for (auto& h : hs)
    if (h)
      whom.push_back(access::of(h).get());
  if (whom.empty())
    co_return hs.size();
  co_await any_wait{std::move(whom)};
  for (size_t i = 0; i < hs.size(); ++i)
    if (hs[i].done())
      co_return i;
  co_return hs.size();
}

template <class T>
using optional_of
  = std::conditional_t<std::is_void_v<T>, bool, std::optional<stored<T>>>;

template <class T>
task<optional_of<T>> next_of(std::vector<branch_handle<T>>& hs) {
  auto i = co_await first_done(hs);
  if (i == hs.size())
    co_return optional_of<T>{};
  auto h = std::move(hs[i]);
  hs.erase(hs.begin() + static_cast<std::ptrdiff_t>(i));
  if constexpr (std::is_void_v<T>) {
    co_await std::move(h);
    co_return true;
  } else {
    co_return co_await std::move(h);
  }
}

template <class R>
auto to_handles(R&& hs) {
  using handle = std::remove_cv_t<std::ranges::range_value_t<R>>;
  std::vector<handle> out;
  for (auto&& h : hs) {
    if constexpr (std::is_lvalue_reference_v<R>)
      out.push_back(h);
    else
      out.push_back(std::move(h));
  }
  return out;
}

} // namespace tasks

template <tasks::handle_range R>
auto all(R&& hs) {
  return tasks::all_of(tasks::to_handles(std::forward<R>(hs)));
}

template <class T>
auto all(branch_handle<T> h) {
  return std::move(h).operator co_await();
}

template <tasks::handle_range R>
auto settled(R&& hs) {
  return tasks::settled_of(tasks::to_handles(std::forward<R>(hs)));
}

/// `hs` must live until this is awaited.
template <class T>
auto next(std::vector<branch_handle<T>>& hs) {
  return tasks::next_of(hs);
}

/// The same for one: its result, and then none.
template <class T>
task<tasks::optional_of<T>> next(branch_handle<T>& h) {
  if (!h)
    co_return tasks::optional_of<T>{};
  auto x = std::exchange(h, {});
  if constexpr (std::is_void_v<T>) {
    co_await std::move(x);
    co_return true;
  } else {
    co_return co_await std::move(x);
  }
}

} // namespace morph
