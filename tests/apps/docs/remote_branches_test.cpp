// Snippets of docs/remote_branches.md.

#include <morph/actors/remote/remote_task.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/task/actor_tasks.hpp>
#include <morph/actors/task/tasks.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

// [functions]
struct part {
  std::string name;
  std::vector<double> xs;

  template <class F>
  friend bool inspect(F& f, part& x) {
    return f.object(x).fields(f.field("name", x.name), f.field("xs", x.xs));
  }
};

morph::task<double> spread_of(morph::context& self, part x) {
  double low = 0, high = 0;
  for (auto y : x.xs) {
    self.throw_if_cancelled();
    low = std::min(low, y);
    high = std::max(high, y);
  }
  co_return high - low;
}

inline const morph::remote_task spread_of_task{"spread_of", spread_of};

// [/functions]

// [branches]
morph::task<double> widest(morph::context& self, std::vector<part> parts) {
  morph::scope s{self, morph::at_most(100)}; // on all hosts together
  auto first = s.branch(spread_of, parts[0], morph::pin("a1"));
  std::vector<morph::branch_handle<double>> rest;
  for (size_t i = 1; i < parts.size(); ++i)
    rest.push_back(s.branch(spread_of, parts[i], morph::spread));
  auto out = co_await first;
  for (auto& x : rest)
    out = std::max(out, co_await x);
  co_return out;
}

// [/branches]

} // namespace

TEST_CASE("branches of the page on other hosts run on threads, too") {
  morph::thread_runtime threads{2};
  morph::actor_tasks named_like_the_host{threads.system(), "a1"};
  std::vector<part> parts{{"a", {1, 2}}, {"b", {-1, 5}}, {"c", {}}};
  CHECK(morph::run(named_like_the_host, widest, parts) == 6);
}
