// Branches on other hosts: they give what they give here, and leave nothing.
#include "actors/remote/remote_functions.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>

#include <caf/actor_system.hpp>

#include <csignal>
#include <cstring>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

/// One program with recursion, maps over data, tensors and errors.
task<std::vector<double>> mixed_program(context& self, bool spreads) {
  std::vector<double> out;
  std::vector<branch_handle<long>> fibs;
  std::vector<branch_handle<summary>> summaries;
  std::vector<branch_handle<tensor>> tensors;
  scope s{self, at_most(8)};
  for (int i = 0; i < 12; ++i) {
    std::vector<double> xs{0.1 * i, 1.0 / 3, -1e300 * i, 0.0 / (i - 5.0)};
    auto t = tensor::full(f64, {100 * i}, 1.0 / (i + 1));
    auto name = "part " + std::to_string(i);
    if (spreads) {
      fibs.push_back(s.branch(far_fib, i, spread));
      summaries.push_back(s.branch(summarise, name, xs, spread));
      tensors.push_back(s.branch(twice, t, spread));
    } else {
      fibs.push_back(s.branch(far_fib, i));
      summaries.push_back(s.branch(summarise, name, xs));
      tensors.push_back(s.branch(twice, t));
    }
  }
  auto wrong = s.branch(refuses, 3, spread);
  for (int i = 0; i < 12; ++i) {
    out.push_back(static_cast<double>(co_await fibs[i]));
    auto x = co_await summaries[i];
    out.push_back(static_cast<double>(x.of.size()));
    out.insert(out.end(), x.moments.begin(), x.moments.end());
    auto y = co_await tensors[i];
    if (i > 0)
      out.push_back(y.data<double>()[100 * i - 1]);
  }
  auto r = co_await settled(wrong);
  out.push_back(static_cast<double>(r.error().code));
  co_return out;
}

/// Role: has branches that sleep on the hosts of the test, until it is killed.
int drive(const std::vector<std::string>& args) {
  networked_config config;
  caf::actor_system system{config};
  cluster_options options;
  options.key = args.at(0);
  for (size_t i = 1; i < args.size(); ++i) {
    options.hosts.emplace_back();
    options.hosts.back().port = static_cast<uint16_t>(std::stoi(args[i]));
  }
  cluster c{system, options};
  run(c, [](context& self) -> task<void> {
    scope s{self};
    for (int i = 0; i < 800; ++i)
      s.branch(sleeps, 3'600'000, spread);
    co_await s.join();
  });
  return 0;
}

const role_registrar as_driver{"driver of branches", drive};

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size()
         && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

template <class F>
errc code_of(F f) {
  try {
    f();
  } catch (const failure& e) {
    INFO(e.what());
    return e.code();
  }
  return errc::none;
}

} // namespace

TEST_CASE("a program gives the same on one thread, many, and many hosts",
          "[remote]") {
  inline_runtime alone;
  auto expected = run(alone, mixed_program, false);
  CHECK(same_bits(run(alone, mixed_program, true), expected));
  thread_runtime threads{2};
  CHECK(same_bits(run(threads, mixed_program, true), expected));
  for (size_t n = 1; n <= 3; ++n) {
    INFO(n << " hosts");
    local_cluster c{n, n == 2};
    CHECK(same_bits(run(c.runtime(), mixed_program, true), expected));
    CHECK(same_bits(run(c.runtime(), mixed_program, false), expected));
    CHECK(nothing_left(c.runtime()));
  }
}

TEST_CASE("a pinned branch runs where it is pinned", "[remote]") {
  local_cluster c{2};
  auto where = [](context& self) -> task<std::vector<int>> {
    auto a = self.branch(process_id, pin("a1"));
    auto b = self.branch(process_id, pin("a2"));
    auto d = self.branch(process_id, pin("driver"));
    std::vector<int> out;
    out.push_back(co_await a);
    out.push_back(co_await b);
    out.push_back(co_await d);
    co_return out;
  };
  CHECK(run(c.runtime(), where)
        == std::vector<int>{c.host(0).id(), c.host(1).id(), getpid()});
  CHECK(run(c.runtime(), process_id, pin("a2")) == c.host(1).id());
  CHECK(run(c.runtime(), process_id) == getpid());
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("spread branches reach all hosts evenly", "[remote]") {
  auto count = [](context& self) -> task<std::map<int, int>> {
    std::vector<branch_handle<int>> xs;
    for (int i = 0; i < 30; ++i)
      xs.push_back(self.branch(process_id, spread));
    std::map<int, int> out;
    for (auto& x : xs)
      ++out[co_await x];
    co_return out;
  };
  {
    local_cluster c{3};
    auto n = run(c.runtime(), count);
    CHECK(n.size() == 3);
    CHECK(n.count(getpid()) == 0);
    for (auto& [id, k] : n)
      CHECK(k == 10);
  }
  local_cluster c{2, true};
  CHECK(run(c.runtime(), count)[getpid()] == 10);
}

TEST_CASE("what cannot go where it is pinned says why", "[remote]") {
  local_cluster c{1};
  auto text = [&](auto f, auto... xs) {
    auto r = try_run(c.runtime(), [=](context& self) -> task<void> {
      co_await self.branch(f, xs..., pin("a1"));
    });
    return r ? std::string{"none"} : to_string(r.error());
  };
  using Catch::Contains;
  CHECK_THAT(text(has_no_name, 1),
             Contains("MM0508") && Contains("int (*)(int)")
               && Contains("no name") && Contains("remote_task"));
  CHECK_THAT(text(stays_home, homebound{}), Contains("MM0508")
                                              && Contains("homebound")
                                              && Contains("'inspect'"));
  CHECK_THAT(text([] { return 1; }),
             Contains("MM0508") && Contains("plain function"));
  auto nowhere = try_run(c.runtime(), process_id, pin("a9"));
  REQUIRE(!nowhere);
  CHECK(nowhere.error().code == errc::unknown_host);
  CHECK_THAT(nowhere.error().message, Contains("'driver'") && Contains("'a1'"));
  // Without a pin they run here.
  auto here = [](context& self) -> task<int> {
    auto a = self.branch(has_no_name, 1, spread);
    auto b = self.branch(stays_home, homebound{2}, spread);
    co_return co_await a + co_await b;
  };
  CHECK(run(c.runtime(), here) == 3);
}

TEST_CASE("a branch that borrows stays", "[remote]") {
  local_cluster c{1};
  auto owner = [](context& self) -> task<int> {
    std::string text = "mine";
    int id = 0;
    co_await with_scope(self, [&](joined_scope& s) -> task<void> {
      id = co_await s.branch(
        [](std::string& x) {
          x += "!";
          return static_cast<int>(getpid());
        },
        borrow(text), spread);
    });
    co_return text == "mine!" ? id : 0;
  };
  CHECK(run(c.runtime(), owner) == getpid());
}

TEST_CASE("a host that does not know a function names it", "[remote]") {
  local_cluster c{1};
  const remote_task here_only{"here_only", has_no_name};
  auto r = try_run(c.runtime(), has_no_name, 1, pin("a1"));
  REQUIRE(!r);
  CHECK(r.error().code == errc::unknown_node_type);
  CHECK_THAT(to_string(r.error()), Catch::Contains("'a1'")
                                     && Catch::Contains("'here_only'")
                                     && Catch::Contains("--plugin"));
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("an error of another host names it and the branch's place",
          "[remote]") {
  local_cluster c{1};
  auto r = try_run(c.runtime(), refuses, 5, pin("a1"));
  REQUIRE(!r);
  CHECK(r.error().code == errc::invalid_attribute);
  CHECK(r.error().message == "not 5 (on host 'a1')");
  CHECK_THAT(to_string(r.error()), Catch::Contains("remote_branches_test.cpp"));
}

TEST_CASE("what is cancelled ends on its hosts", "[remote]") {
  local_cluster c{3};
  auto& rt = c.runtime();
  auto many = [](context& self) -> task<void> {
    scope s{self};
    for (int i = 0; i < 3000; ++i)
      s.branch(sleeps, 3'600'000, spread);
    for (int i = 0; i < 30; ++i)
      s.branch(sleeps_with_many, spread);
    co_await s.join();
  };
  auto x = start(rt, many);
  CHECK(comes_to(rt, [](auto n) {
    return n.size() == 4 && n[1].timers + n[2].timers + n[3].timers == 3600;
  }));
  x.cancel();
  auto r = x.get();
  REQUIRE(!r);
  CHECK(r.error().code == errc::cancelled);
  CHECK(nothing_left(rt));
}

TEST_CASE("a scope that is left ends what it has elsewhere", "[remote]") {
  local_cluster c{2};
  auto first = [](context& self) -> task<int> {
    scope s{self};
    for (int i = 0; i < 50; ++i)
      s.branch(sleeps, 3'600'000, spread);
    s.branch(sleeps, 1, spread);
    auto x = co_await s.template next<int>();
    co_return *x;
  };
  CHECK(run(c.runtime(), first) == 7);
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("a cancellation that overtakes large arguments finds its branch",
          "[remote]") {
  local_cluster c{1};
  auto large = [](context& self) -> task<errc> {
    scope s{self};
    auto x = s.branch(sleeps_over, std::string(8 << 20, 'x'), pin("a1"));
    co_await self.yield();
    s.cancel();
    auto r = co_await settled(x);
    co_return r.error().code;
  };
  CHECK(run(c.runtime(), large) == errc::cancelled);
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("deadlines travel", "[remote]") {
  local_cluster c{1};
  auto left = run(c.runtime(), until_deadline, pin("a1"), deadline(1h));
  CHECK(left > 3'500'000'000'000);
  CHECK(left <= 3'600'000'000'000);
  auto r = try_run(c.runtime(), sleeps, 3'600'000, pin("a1"), deadline(20ms));
  REQUIRE(!r);
  CHECK(r.error().code == errc::deadline_exceeded);
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("a limit holds across hosts", "[remote]") {
  local_cluster c{1};
  auto most = [](context& self) -> task<int> {
    scope s{self, at_most(5)};
    for (int i = 0; i < 60; ++i)
      s.branch(counts_insiders, spread);
    int out = 0;
    while (auto x = co_await s.template next<int>())
      out = std::max(out, *x);
    co_return out;
  };
  CHECK(run(c.runtime(), most) == 5);
}

TEST_CASE("a host that dies gives an error and not a hang", "[remote]") {
  local_cluster c{2};
  auto two = [](context& self) -> task<std::vector<result<int>>> {
    std::vector<branch_handle<int>> hs;
    hs.push_back(self.branch(sleeps, 3'600'000, pin("a1")));
    hs.push_back(self.branch(sleeps, 3'600'000, pin("a1")));
    hs.push_back(self.branch(sleeps, 50, pin("a2")));
    co_return co_await settled(std::move(hs));
  };
  auto x = start(c.runtime(), two);
  CHECK(comes_to(c.runtime(),
                 [](auto n) { return n.size() == 3 && n[1].timers == 2; }));
  c.host(0).signal(SIGKILL);
  auto r = unwrap(x.get());
  REQUIRE(r.size() == 3);
  REQUIRE(!r[0]);
  CHECK(r[0].error().code == errc::host_lost);
  CHECK_THAT(r[0].error().message, Catch::Contains("'a1'"));
  CHECK(r[1].error().code == errc::host_lost);
  CHECK(r[2] == 7);
  // What is spread from now on goes to the other; what is pinned fails.
  CHECK(run(c.runtime(), process_id, spread) == c.host(1).id());
  CHECK(code_of([&] { run(c.runtime(), process_id, pin("a1")); })
        == errc::host_lost);
}

TEST_CASE("a driver that dies leaves nothing on the hosts", "[remote]") {
  local_cluster c{2};
  std::vector<std::string> args{c.options().key};
  for (auto& x : c.options().hosts)
    args.push_back(std::to_string(x.port));
  process other{"driver of branches", args};
  CHECK(comes_to(c.runtime(), [](auto n) {
    return n.size() == 3 && n[1].timers == 400 && n[2].timers == 400;
  }));
  other.signal(SIGKILL);
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("a branch goes elsewhere by itself if that is worth a message",
          "[remote]") {
  local_cluster c{2};
  auto& rt = c.runtime();
  auto ids = [](context& self, int n) -> task<std::map<int, int>> {
    std::map<int, int> out;
    for (int i = 0; i < n; ++i)
      ++out[co_await self.branch(process_id)];
    co_return out;
  };
  // But for one that was interrupted by something else.
  CHECK(run(rt, ids, 200)[getpid()] > 100);
  // Takes its time, which must be found out first.
  auto slow = [](context& self) -> task<void> {
    for (int i = 0; i < 6; ++i)
      co_await self.branch(sleeps, 100);
  };
  run(rt, slow);
  auto text = rt.explain_branches();
  INFO(text);
  CHECK_THAT(text, Catch::Contains("function 'process_id'")
                     && Catch::Contains("function 'sleeps': 1 branches here, 5 "
                                        "elsewhere")
                     && Catch::Contains("go elsewhere"));
}
