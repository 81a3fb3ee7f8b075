// Makes a branch of what a driver has sent.
//
// Thread-safety: on the strand of its lane.
#pragma once

#include <morph/actors/remote/lane.hpp>
#include <morph/actors/remote/remote_branch.hpp>

#include <chrono>
#include <source_location>
#include <tuple>

namespace morph::tasks {

template <class F>
class served_branch final : public served {
  using parts = parts_of<F>;
  using value_type = typename parts::result;
  using branch_type = timed_branch<value_type, F, typename parts::arguments>;

public:
  served_branch(lane& where, uint64_t n, branch_ref<branch_type> x)
    : served(where, n), x_(std::move(x)) {
    // nop
  }

  template <class... Ts>
  static branch_ref<branch_type> make(lane& in, F f, Ts&&... args) {
    return branch_ref<branch_type>::adopt(
      new branch_type(nullptr, in.runtime(), &in.scope(),
                      std::source_location{}, f, std::forward<Ts>(args)...));
  }

  branch_core& branch() noexcept override {
    return *x_;
  }

  int64_t run_ns() const noexcept override {
    return x_->run_ns();
  }

  void write_result(byte_writer& f) override {
    if constexpr (!std::is_void_v<value_type>)
      write_one(f, *x_->value);
  }

private:
  branch_ref<branch_type> x_;
};

/// Reads the arguments and starts the branch; throws `failure` if it cannot.
template <class F>
void serve(lane& in, const remote_function& row, const start_request& x) {
  typename parts_of<F>::arguments args;
  byte_reader f{x.arguments.bytes()};
  std::apply([&](auto&... y) { (unwrap(read_one(f, y)), ...); }, args);
  if (f.remaining() > 0)
    throw failure{
      {errc::protocol_violation, "arguments with something behind"}};
  auto function = reinterpret_cast<F>(row.key.address);
  branch_hints hints;
  hints.priority = x.priority;
  hints.spread = true; // until there are hundreds
  auto& rt = in.runtime();
  auto site = admit(&in.scope().owner(), &in.scope(), rt, hints, {});
  count_guard counted{&rt};
  auto y = std::apply(
    [&](auto&... a) {
      return served_branch<F>::make(in, function, std::move(a)...);
    },
    args);
  counted.of = nullptr;
  y->label = row.name.c_str();
  if (x.remaining_ns)
    y->due = rt.now() + std::chrono::nanoseconds{*x.remaining_ns};
  auto own = std::make_unique<served_branch<F>>(in, x.id, y);
  y->awaited_by = own.get();
  in.add(std::move(own));
  launch(*y, hints, site);
}

} // namespace morph::tasks
