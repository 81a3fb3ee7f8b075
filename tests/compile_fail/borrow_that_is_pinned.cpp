// error: a branch that borrows stays on this host
#include <morph/actors/task/tasks.hpp>

void f(morph::joined_scope& s, int& outside) {
  s.branch([](int& x) { ++x; }, morph::borrow(outside), morph::pin{"b"});
}
