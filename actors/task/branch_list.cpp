#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/branch_list.hpp>

namespace morph::tasks {

void branch_list::push_back(branch_core& x) noexcept {
  insert_after(last_, x);
}

void branch_list::insert_after(branch_core* where, branch_core& x) noexcept {
  x.list_prev = where;
  x.list_next = where ? where->list_next : first_;
  (x.list_prev ? x.list_prev->list_next : first_) = &x;
  (x.list_next ? x.list_next->list_prev : last_) = &x;
}

void branch_list::remove(branch_core& x) noexcept {
  (x.list_prev ? x.list_prev->list_next : first_) = x.list_next;
  (x.list_next ? x.list_next->list_prev : last_) = x.list_prev;
  x.list_prev = nullptr;
  x.list_next = nullptr;
}

branch_core* branch_list::pop_front() noexcept {
  auto* x = first_;
  if (x)
    remove(*x);
  return x;
}

} // namespace morph::tasks
