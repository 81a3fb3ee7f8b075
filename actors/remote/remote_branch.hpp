// Branches of functions that other hosts know: elsewhere, or here and timed.
//
// Thread-safety: as `branch_core`.
#pragma once

#include <morph/actors/remote/remote_call.hpp>
#include <morph/actors/remote/travel.hpp>
#include <morph/actors/task/branch_impl.hpp>
#include <morph/actors/task/error_of.hpp>
#include <morph/graph/clock.hpp>

#include <memory>
#include <type_traits>

namespace morph::tasks {

/// Throws `failure` (MM0508, MM0607) if they cannot travel.
template <class Arguments>
blob write_arguments(const Arguments& xs) {
  byte_writer f;
  std::apply([&](auto&... x) { (write_one(f, x), ...); }, xs);
  if (f.bytes().size() > max_travelling)
    throw failure{
      {errc::frame_too_large, "the arguments of a branch for another host have "
                                + std::to_string(f.bytes().size()) + " bytes"}};
  return blob{f.take()};
}

/// Runs `F` on another host.
template <class F>
class remote_branch final : public branch_result<typename parts_of<F>::result> {
  using value_type = typename parts_of<F>::result;

public:
  template <class... As>
  remote_branch(task_runtime& rt, scope_core* in, std::source_location at,
                known_function& f, remote_line& line, As&&... args)
    : branch_result<value_type>(rt, in, at),
      call_(*this, f, line,
            write_arguments(typename parts_of<F>::arguments(
              std::tuple_cat(keep(std::forward<As>(args))...)))) {
    this->elsewhere = true;
  }

protected:
  std::coroutine_handle<> begin() override {
    call_.start();
    return nullptr;
  }

  void take_result() noexcept override {
    try {
      if (call_.was_cancelled() && this->cancel_reason()) {
        this->fail_with(this->cancel_reason());
      } else if (call_.report.how != branch_end::done) {
        this->fail_with(call_.problem());
      } else if constexpr (std::is_void_v<value_type>) {
        this->value.emplace();
      } else {
        byte_reader f{call_.report.content.bytes()};
        auto& x = this->value.emplace();
        if (auto ok = read_one(f, x); !ok) {
          this->value.reset();
          this->fail_with(std::move(ok.error()));
        }
      }
    } catch (...) {
      this->value.reset();
      this->fail_with(error_of(std::current_exception()));
    }
    call_.report.content = {};
  }

  void drop_inputs() noexcept override {
    call_.arguments = {};
  }

private:
  remote_call call_;
};

/// Runs `F` in this process and notes how long that takes.
template <class T, class F, class Inputs>
class timed_branch final : public branch_impl<T, F, Inputs> {
public:
  template <class... Ts>
  explicit timed_branch(known_function* to, Ts&&... xs)
    : branch_impl<T, F, Inputs>(std::forward<Ts>(xs)...), to_(to) {
    // nop
  }

  /// From its first instruction to its last; 0 if it never ran.
  int64_t run_ns() const noexcept {
    return run_ns_;
  }

protected:
  std::coroutine_handle<> begin() override {
    begun_ns_ = now_ns();
    return branch_impl<T, F, Inputs>::begin();
  }

  void drop_inputs() noexcept override {
    if (begun_ns_ > 0)
      run_ns_ = now_ns() - begun_ns_;
    if (to_ && this->value)
      to_->run_ns.add(run_ns_);
    branch_impl<T, F, Inputs>::drop_inputs();
  }

private:
  known_function* to_;
  int64_t begun_ns_ = 0;
  int64_t run_ns_ = 0;
};

} // namespace morph::tasks
