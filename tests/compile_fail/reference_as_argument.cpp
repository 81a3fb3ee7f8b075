// error: a parameter T& needs borrow.x.
#include <morph/actors/task/tasks.hpp>

morph::task<void> f(morph::context& self) {
  int local = 1;
  self.branch([](int& x) { ++x; }, local);
  co_return;
}
