// A branch with its function and arguments, and how one is made of a call.
//
// Thread-safety: belongs to the strand of the owner until it is placed, then
// to its own.
#pragma once

#include <morph/actors/task/branch.hpp>
#include <morph/actors/task/context.hpp>
#include <morph/actors/task/error_of.hpp>

#include <cstddef>

namespace morph::tasks {

template <class T, class F, class Inputs>
class branch_impl final : public branch_result<T> {
public:
  template <class G, class... As>
  branch_impl(task_runtime& rt, scope_core* in, std::source_location at, G&& f,
              As&&... args)
    : branch_result<T>(rt, in, at), self_(*this),
      inputs_(std::in_place, std::forward<G>(f),
              std::tuple_cat(keep(std::forward<As>(args))...)) {
    // nop
  }

  ~branch_impl() override {
    if (frame_)
      frame_.destroy();
  }

protected:
  std::coroutine_handle<> begin() override {
    using made = call<F, Inputs>;
    using returned = typename made::returned;
    auto& [f, args] = *inputs_;
    if constexpr (is_task<std::remove_cvref_t<returned>>) {
      frame_ = made::run(f, self_, args).release();
      frame_.promise().core = this;
      return frame_;
    } else if constexpr (std::is_void_v<returned>) {
      made::run(f, self_, args);
      this->value.emplace();
      return nullptr;
    } else {
      this->value.emplace(made::run(f, self_, args));
      return nullptr;
    }
  }

  void take_result() noexcept override {
    auto& p = frame_.promise();
    try {
      if (p.exception)
        this->fail_with(error_of(p.exception));
      else if constexpr (std::is_void_v<T>)
        this->value.emplace();
      else
        this->value.emplace(std::move(*p.value));
    } catch (...) {
      this->fail_with(error_of(std::current_exception()));
    }
    std::exchange(frame_, nullptr).destroy();
  }

  void drop_inputs() noexcept override {
    inputs_.reset();
  }

private:
  context self_;
  std::optional<std::pair<F, Inputs>> inputs_;
  typename task<T>::handle frame_;
};

template <class... As>
branch_hints hints_of(const As&... args) {
  branch_hints out;
  (
    [&] {
      if constexpr (is_hint<As>)
        note(out, args);
      else if constexpr (is_borrowed<As>)
        out.borrows = true;
    }(),
    ...);
  return out;
}

/// Takes back the count of a branch whose arguments could not be copied.
struct count_guard {
  task_runtime* of;

  ~count_guard() {
    if (of)
      of->uncount_branch();
  }
};

/// Makes a branch in a scope.
template <class F, class... As>
branch_handle<branch_value<F, As...>> branch_in(scope_core& in,
                                                std::source_location at,
                                                bool needs_overlap, F&& f,
                                                As&&... args) {
  using value = branch_value<F, As...>;
  using impl = branch_impl<value, std::decay_t<F>, kept_all<As...>>;
  auto& owner = in.owner();
  auto hints = hints_of(args...);
  hints.needs_overlap = needs_overlap;
  auto key = key_of<std::decay_t<F>>(f);
  auto site = admit(&owner, &in, owner.home()->runtime(), hints, at);
  // The names of hints live in the arguments, of which hints are not moved.
  count_guard counted{&owner.root_runtime()};
  auto x = branch_ref<branch_result<value>>::adopt(
    new impl(owner.root_runtime(), &in, at, std::forward<F>(f),
             std::forward<As>(args)...));
  counted.of = nullptr;
  if (auto* e = in.extra())
    for (size_t i = 0; i < e->limits.size(); ++i)
      if (!e->limits[i].of || *e->limits[i].of == key)
        x->limit_mask |= uint32_t{1} << i;
  launch(*x, hints, site);
  return access::make<value>(std::move(x));
}

/// Makes one without an owner and starts it.
template <class F, class... As>
branch_handle<branch_value<F, As...>> branch_root(task_runtime& on,
                                                  std::source_location at,
                                                  F&& f, As&&... args) {
  using value = branch_value<F, As...>;
  using impl = branch_impl<value, std::decay_t<F>, kept_all<As...>>;
  auto hints = hints_of(args...);
  admit(nullptr, nullptr, on, hints, at);
  count_guard counted{&on};
  auto x = branch_ref<branch_result<value>>::adopt(
    new impl(on, nullptr, at, std::forward<F>(f), std::forward<As>(args)...));
  counted.of = nullptr;
  launch_root(*x, hints, on);
  return access::make<value>(std::move(x));
}

} // namespace morph::tasks
