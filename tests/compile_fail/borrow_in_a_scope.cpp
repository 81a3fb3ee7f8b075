// error: borrow.x. needs a scope that is joined before x can die
#include <morph/actors/task/tasks.hpp>

morph::task<void> f(morph::context& self) {
  int local = 1;
  morph::scope s{self};
  s.branch([](int& x) { ++x; }, morph::borrow(local));
  co_await s.join();
}
