// A program that decides as it runs what runs beside what: on this thread, on
// threads and in virtual time, to the same results.

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/task/sim_tasks.hpp>
#include <morph/actors/task/tasks.hpp>

#include <iostream>

// [branches]
morph::task<long> fib(morph::context& self, long n) {
  if (n < 2)
    co_return n;
  auto a = self.branch(fib, n - 1);
  auto b = self.branch(fib, n - 2, morph::keep_local);
  co_return co_await a + co_await b;
}

morph::task<int> fetch(morph::context& self, int page) {
  co_await self.sleep_for(std::chrono::milliseconds{page});
  co_return page* page;
}

morph::task<int> crawl(morph::context& self, int pages) {
  morph::scope s{self, morph::at_most(5)};
  for (int i = 0; i < pages; ++i)
    s.branch(fetch, i);
  int sum = 0;
  while (auto words = co_await s.next<int>())
    sum += *words;
  co_return sum;
}

// [/branches]
morph::task<int> fastest(morph::context& self) {
  auto near = [](morph::context& x) { return fetch(x, 3); };
  auto far = [](morph::context& x) { return fetch(x, 9000); };
  co_return co_await race(self, far, near);
}

void show(const char* where, morph::task_runtime& rt) {
  std::cout << where << ": fib(15) is " << run(rt, fib, 15L) << ", "
            << run(rt, crawl, 10) << " words, first " << run(rt, fastest)
            << '\n';
}

int main() {
  morph::inline_runtime here;
  morph::thread_runtime threads{2};
  morph::sim_tasks sim{7};
  show("inline", here.tasks());
  show("threads", threads.tasks());
  show("sim", sim);
}

// $ 09_branches
// inline: fib(15) is 610, 285 words, first 9
// threads: fib(15) is 610, 285 words, first 9
// sim: fib(15) is 610, 285 words, first 9
