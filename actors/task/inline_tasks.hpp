// Tasks on the caller's thread, in real time: it blocks until the next timer
// when there is nothing else to do.
//
// Thread-safety: as `task_runtime`.
#pragma once

#include <morph/actors/task/driven_tasks.hpp>

namespace morph {

class inline_tasks final : public driven_tasks {
public:
  inline_tasks() = default;
  ~inline_tasks() override;

  std::string name() const override {
    return "inline";
  }

  bool overlaps() const noexcept override {
    return false;
  }

  bool wants_strands() const noexcept override {
    return false;
  }

  task_time now() const noexcept override;

protected:
  size_t pick(size_t) noexcept override {
    return 0;
  }

  void pass_time(std::unique_lock<std::mutex>& guard, task_time due) override;
};

} // namespace morph
