// error: use of deleted function
#include <morph/actors/task/tasks.hpp>

int make();

void f(morph::joined_scope& s) {
  s.branch([](const int&) {}, morph::borrow(make()));
}
