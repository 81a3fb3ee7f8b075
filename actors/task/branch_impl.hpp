// A branch with its function and arguments.
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
class branch_impl : public branch_result<T> {
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
        this->fail_with(p.exception, p.interrupted);
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

} // namespace morph::tasks

// Its tail, as this is that of context.hpp: each needs the one before.
#include <morph/actors/task/make_branch.hpp>
