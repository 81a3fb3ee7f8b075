// A list of branches through two pointers in each; a branch is in at most one.
#pragma once

namespace morph::tasks {

class branch_core;

class branch_list {
public:
  bool empty() const noexcept {
    return first_ == nullptr;
  }

  branch_core* front() const noexcept {
    return first_;
  }

  void push_back(branch_core& x) noexcept;

  /// After `where`, or in front of all if that is null.
  void insert_after(branch_core* where, branch_core& x) noexcept;

  void remove(branch_core& x) noexcept;

  branch_core* pop_front() noexcept;

private:
  branch_core* first_ = nullptr;
  branch_core* last_ = nullptr;
};

} // namespace morph::tasks
