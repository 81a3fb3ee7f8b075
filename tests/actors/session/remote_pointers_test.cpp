// Remote pointers as values of a graph: made, read and written by nodes on
// several hosts.
#include "actors/support/local_cluster.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/graph/clock.hpp>
#include <morph/morph.hpp>
#include <morph/transport/remote_ptr.hpp>

#include <catch2/catch.hpp>

#include <csignal>

using namespace morph;
using namespace morph::test;

namespace {

using pointer = remote_ptr<tensor>;

const port_type scalar{f64, {}};

/// Places its input in the store of the host where it runs.
struct lay_down : node<lay_down> {
  pointer forward(const tensor& x) const {
    return make_remote(x);
  }
};

struct look : node<look> {
  tensor forward(const pointer& p) const {
    return p.get();
  }

  static port_type output_type(const port_type&) {
    return scalar;
  }
};

/// Adds to what is there, at its owner; returns the pointer.
struct add_to : node<add_to> {
  pointer forward(const pointer& p, const tensor& x) const {
    p.prefetch();
    p.set(tensor{p.get().item() + x.item()});
    return p;
  }
};

/// Remembers the first pointer that it gets.
struct hold : node<hold> {
  pointer first;

  tensor forward(const pointer& p) {
    if (!first)
      first = p;
    return first.get();
  }

  template <class F>
  friend bool inspect(F& f, hold& x) {
    return f(x.first);
  }

  static port_type output_type(const port_type&) {
    return scalar;
  }
};

[[maybe_unused]] const bool known
  = (register_node<lay_down>(), register_node<look>(), register_node<add_to>(),
     register_node<hold>(), true);

constexpr auto patience = std::chrono::seconds{20};

bool nothing_left(cluster& c) {
  auto counts = c.left_behind(patience);
  return std::all_of(counts.begin(), counts.end(),
                     [](auto& x) { return x.empty(); });
}

/// Asks until one host has so many objects and pointers.
bool settles(cluster& c, size_t host, uint64_t objects, uint64_t pointers) {
  auto deadline = now_ns() + std::chrono::nanoseconds{patience}.count();
  while (now_ns() < deadline) {
    auto x = c.counts().at(host);
    if (x.remote_objects == objects && x.remote_pointers == pointers)
      return true;
  }
  return false;
}

} // namespace

TEST_CASE("nodes of two hosts share an object of one of them") {
  local_cluster c{2};
  graph g;
  auto x = g.input("x", f64);
  auto made = g.add(lay_down{}, x).pin("a1");
  auto grown = g.add(add_to{}, made, x).pin("a2");
  auto there = g.add(look{}, grown).pin("a2");
  auto here = g.add(look{}, grown).pin("a1");
  session s{c.runtime(), g};
  for (double number : {1.0, 2.0, 2.0, 21.0}) {
    auto [a, b] = s.run({{x, number}}, here, there);
    CHECK(a.item() == 2 * number);
    CHECK(b.item() == 2 * number);
  }
  s.close();
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("nodes of a host read and write an object of the driver") {
  local_cluster c{1};
  auto p = make_remote<tensor>(c.runtime().store(), tensor{10.0});
  graph g;
  auto where = g.input<pointer>("where");
  auto x = g.input("x", f64);
  auto seen = g.add(look{}, g.add(add_to{}, where, x).pin("a1")).pin("a1");
  session s{c.runtime(), g};
  // The pointer is the same each time, what it points to is not.
  for (double total : {11.0, 12.0, 13.0}) {
    CHECK(s.run({{where, p}, {x, 1.0}}, seen).item() == total);
    CHECK(p.get().item() == total);
  }
  p.set(tensor{100.0});
  CHECK(s.run({{where, p}, {x, 1.0}}, seen).item() == 101);
  CHECK(c.runtime().counts().at(0).remote_objects == 1);
  s.close();
  CHECK(settles(c.runtime(), 1, 0, 0));
  CHECK(settles(c.runtime(), 0, 1, 0));
  p = pointer{};
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("an object lives as long as a node elsewhere holds its pointer") {
  local_cluster c{1};
  auto p = make_remote<tensor>(c.runtime().store(), tensor{7.0});
  auto q = make_remote<tensor>(c.runtime().store(), tensor{8.0});
  graph g;
  auto where = g.input<pointer>("where");
  auto first = g.add(hold{}, where).pin("a1");
  session s{c.runtime(), g};
  CHECK(s.run({{where, p}}, first).item() == 7);
  p = pointer{};
  // Nobody but the node refers to the first object now.
  CHECK(s.run({{where, q}}, first).item() == 7);
  CHECK(settles(c.runtime(), 1, 0, 2));
  CHECK(s.run({{where, q}}, first).item() == 7);
  q = pointer{};
  s.close();
  CHECK(nothing_left(c.runtime()));
}

TEST_CASE("without its owner a pointer says which host is gone", "[serial]") {
  local_cluster c{2};
  graph g;
  auto x = g.input("x", f64);
  auto made = g.add(lay_down{}, x).pin("a1");
  session s{c.runtime(), g};
  s.also({made});
  auto p = s.submit({{x, 5.0}}, false).get()[made].get<pointer>();
  CHECK(p.get().item() == 5);
  SECTION("killed") {
    c.host(0).signal(SIGKILL);
  }
  SECTION("frozen") {
    c.host(0).signal(SIGSTOP);
  }
  // Either the link is down already, or the question that is under way ends
  // with it.
  auto y = p.read_and_wait(c.system());
  while (y)
    y = p.read_and_wait(c.system());
  CHECK((y.error().code == errc::host_lost
         || y.error().code == errc::stale_pointer));
  CHECK_THAT(y.error().message, Catch::Contains("'a1'"));
  c.host(0).signal(SIGKILL);
}

TEST_CASE("nodes that wait do not stop a runtime with one worker") {
  thread_runtime threads{1};
  graph g;
  auto x = g.input("x", f64);
  auto made = g.add(lay_down{}, x);
  auto seen = g.add(look{}, g.add(add_to{}, made, x));
  session s{threads, g};
  for (double number : {1.0, 2.0})
    CHECK(s.run({{x, number}}, seen).item() == 2 * number);
}

TEST_CASE("a node without a store says what it needs") {
  graph g;
  auto x = g.input("x", f64);
  auto made = g.add(lay_down{}, x);
  session s{g};
  s.also({made});
  auto y = s.submit({{x, 1.0}}, false).wait();
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::infeasible_plan);
  SECTION("and a null pointer is an error, not a crash") {
    graph h;
    auto where = h.input<pointer>("where");
    session t{h};
    t.also({h.add(look{}, where)});
    auto z = t.submit({{where, pointer{}}}, false).wait();
    REQUIRE_FALSE(z);
    CHECK(z.error().code == errc::stale_pointer);
  }
}
