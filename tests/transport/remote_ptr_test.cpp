#include <morph/transport/remote_ptr.hpp>

#include <catch2/catch.hpp>
#include <support/process.hpp>
#include <transport/support.hpp>
#include <transport/values.hpp>

#include <csignal>
#include <iostream>

using namespace morph;
using namespace morph::test;

namespace {

using pointer = remote_ptr<tensor>;

/// A user's type with a pointer in it.
struct bookmark {
  std::string title;
  pointer page;
};

template <class F>
bool inspect(F& f, bookmark& x) {
  return f.object(x).fields(f.field("title", x.title), f.field("page", x.page));
}

bool nothing_left(const store_counts& x) {
  return x.objects == 0 && x.leases == 0 && x.borrowed == 0 && x.transfers == 0;
}

forward carry(pointer x, uint64_t step = 1) {
  return {at(0), 0, step, step, make_value<pointer>(std::move(x)), 0};
}

pointer pointer_in(const forward& x) {
  return x.payload.get<pointer>();
}

/// Sends a pointer over and returns what arrives.
pointer send_over(test::pair& hosts, const pointer& x) {
  hosts.send(carry(x));
  auto f = hosts.b.inbox.next<forward>();
  REQUIRE(f);
  return pointer_in(*f);
}

/// A host that keeps the pointers it gets until it is told to drop them.
int holder_host(const std::vector<std::string>&) {
  config cfg;
  caf::actor_system sys{cfg};
  value_type_of<pointer>();
  side here{sys, "holder"};
  auto door = offer(sys, {}, "key", here.options);
  if (!door)
    return 1;
  std::cout << door->where().port << std::endl;
  std::vector<pointer> held;
  while (auto x = here.inbox.next<forward>()) {
    auto p = pointer_in(*x);
    auto y = p.read_and_wait(sys);
    held.push_back(std::move(p));
    std::cout << (y ? y->item() : -1) << std::endl;
  }
  return 0;
}

const role_registrar registered{"transport-holder", holder_host};

} // namespace

TEST_CASE("a remote pointer reads what its owner has") {
  GIVEN("a pointer that was sent to another host") {
    test::pair hosts;
    auto here = make_remote<tensor>(hosts.a.store, tensor{1.5});
    auto there = send_over(hosts, here);
    CHECK(there.handle().name() == here.handle().name());
    WHEN("it is read there") {
      auto x = there.read_and_wait(hosts.sys);
      REQUIRE(x);
      CHECK(x->item() == 1.5);
      THEN("a second read moves no data") {
        REQUIRE(there.read_and_wait(hosts.sys));
        auto counts = settle(hosts.sys, hosts.b.store,
                             [](auto& c) { return c.fetched == 1; });
        CHECK(counts.fetched == 1);
      }
    }
    WHEN("the owner's side writes") {
      REQUIRE(there.read_and_wait(hosts.sys));
      CHECK(here.write_and_wait(hosts.sys, tensor{2.5}).value() == 2);
      THEN("the next read there sees it") {
        CHECK(there.read_and_wait(hosts.sys).value().item() == 2.5);
      }
    }
    WHEN("the other side writes") {
      CHECK(there.write_and_wait(hosts.sys, tensor{3.5}).value() == 2);
      CHECK(there.write_and_wait(hosts.sys, tensor{4.5}).value() == 3);
      THEN("both see the last value, in the order of the writes") {
        CHECK(here.read_and_wait(hosts.sys).value().item() == 4.5);
        CHECK(there.read_and_wait(hosts.sys).value().item() == 4.5);
      }
    }
    WHEN("it is prefetched") {
      there.prefetch();
      THEN("the value is there before it is read") {
        auto counts = settle(hosts.sys, hosts.b.store,
                             [](auto& c) { return c.fetched == 1; });
        CHECK(counts.fetched == 1);
        REQUIRE(there.read_and_wait(hosts.sys));
        CHECK(
          settle(hosts.sys, hosts.b.store, [](auto&) { return true; }).fetched
          == 1);
      }
    }
  }
}

TEST_CASE("large and small writes keep their order") {
  test::pair hosts;
  auto here = make_remote<tensor>(hosts.a.store, tensor{0.0});
  auto there = send_over(hosts, here);
  notebook done;
  auto writer = hosts.sys.spawn(
    [there, done](caf::event_based_actor* self) -> caf::behavior {
      auto large = tensor::full(f32, {1 << 20}, 7);
      auto tell = [self, done](const result<uint64_t>& v) {
        done.write(begin_step{0, v.value_or(0), 0});
        if (v && *v == 3)
          self->quit();
      };
      // The second would overtake the first on the link.
      there.write(self, large, tell);
      there.write(self, tensor{8.0}, tell);
      return {[](const throttle&) {}};
    });
  CHECK(done.next<begin_step>().value().step == 2);
  CHECK(done.next<begin_step>().value().step == 3);
  CHECK(here.read_and_wait(hosts.sys).value().item() == 8);
}

TEST_CASE("delicate numbers survive remote reads and writes") {
  test::pair hosts;
  auto here = make_remote<tensor>(hosts.a.store, tensor{0.0});
  auto there = send_over(hosts, here);
  for (auto& [name, x] : delicate_tensors()) {
    CAPTURE(name);
    REQUIRE(there.write_and_wait(hosts.sys, x));
    CHECK(here.read_and_wait(hosts.sys).value().bit_equal(x));
    auto again = make_remote<tensor>(hosts.a.store, x);
    CHECK(
      send_over(hosts, again).read_and_wait(hosts.sys).value().bit_equal(x));
  }
}

TEST_CASE("objects live exactly as long as somebody refers to them") {
  GIVEN("a pointer on its owner's host") {
    test::pair hosts;
    auto here = make_remote<tensor>(hosts.a.store, tensor{1.0});
    auto count_a = [&](auto f) { return settle(hosts.sys, hosts.a.store, f); };
    auto count_b = [&](auto f) { return settle(hosts.sys, hosts.b.store, f); };
    WHEN("the only handle dies") {
      here = pointer{};
      THEN("the object is destroyed") {
        CHECK(nothing_left(count_a(nothing_left)));
      }
    }
    WHEN("it was sent five times and copied often") {
      std::vector<pointer> there;
      for (int i = 0; i < 5; ++i) {
        auto p = send_over(hosts, here);
        for (int k = 0; k < 10; ++k)
          there.push_back(p);
      }
      THEN("the other host has one lease") {
        auto x
          = count_a([](auto& c) { return c.leases == 1 && c.transfers == 0; });
        CHECK(x.leases == 1);
        CHECK(x.transfers == 0);
        CHECK(x.objects == 1);
      }
      THEN("the lease outlives the owner's handles, and ends with its own") {
        here = pointer{};
        CHECK(count_a([](auto& c) { return c.transfers == 0; }).objects == 1);
        CHECK(there.back().read_and_wait(hosts.sys).value().item() == 1);
        there.resize(1);
        CHECK(there.back().read_and_wait(hosts.sys).value().item() == 1);
        there.clear();
        CHECK(nothing_left(count_b(nothing_left)));
        CHECK(nothing_left(count_a(nothing_left)));
      }
    }
    WHEN("the handle dies here while it is on its way") {
      hosts.send(throttle{100'000});
      hosts.send(forward{at(1), 0, 1, 1, tensor::zeros(u8, {20'000}), 0});
      hosts.send(carry(std::exchange(here, {})));
      THEN("it arrives alive") {
        REQUIRE(hosts.b.inbox.next<forward>());
        auto f = hosts.b.inbox.next<forward>();
        REQUIRE(f);
        auto p = pointer_in(*f);
        f.reset();
        CHECK(p.read_and_wait(hosts.sys).value().item() == 1);
        p = pointer{};
        CHECK(nothing_left(count_a(nothing_left)));
      }
    }
    WHEN("it comes back to its owner") {
      auto there = send_over(hosts, here);
      compat::anon_send(hosts.b.link, carry(there));
      auto f = hosts.a.inbox.next<forward>();
      REQUIRE(f);
      auto back = pointer_in(*f);
      f.reset();
      there = pointer{};
      here = pointer{};
      THEN("it refers to the same object, without a lease") {
        CHECK(back.read_and_wait(hosts.sys).value().item() == 1);
        auto x
          = count_a([](auto& c) { return c.leases == 0 && c.transfers == 0; });
        CHECK(x.objects == 1);
        CHECK(x.leases == 0);
        back = pointer{};
        CHECK(nothing_left(count_a(nothing_left)));
        CHECK(nothing_left(count_b(nothing_left)));
      }
    }
    WHEN("it is a member of a value") {
      value_type_of<bookmark>();
      hosts.send(forward{at(0), 0, 1, 1,
                         make_value<bookmark>(bookmark{"one", here}), 0});
      auto f = hosts.b.inbox.next<forward>();
      REQUIRE(f);
      THEN("it travels and counts like any other") {
        CHECK(f->payload.get<bookmark>().page.read_and_wait(hosts.sys));
        here = pointer{};
        f.reset();
        CHECK(nothing_left(count_a(nothing_left)));
        CHECK(nothing_left(count_b(nothing_left)));
      }
    }
    WHEN("the link ends while the other host has a lease") {
      auto there = send_over(hosts, here);
      here = pointer{};
      compat::anon_send(hosts.b.link, close_link{});
      THEN("the lease is dropped and the pointer is stale") {
        CHECK(nothing_left(count_a(nothing_left)));
        REQUIRE(hosts.b.news.await<link_down>());
        auto x = there.read_and_wait(hosts.sys);
        REQUIRE_FALSE(x);
        CHECK(x.error().code == errc::stale_pointer);
        there = pointer{};
        CHECK(nothing_left(count_b(nothing_left)));
      }
    }
  }
}

TEST_CASE("a pointer cannot be encoded on its own") {
  test::pair hosts;
  byte_writer f;
  auto x = make_value<pointer>(make_remote<tensor>(hosts.a.store, tensor{1.0}));
  CHECK_FALSE(encode_value(x, f));
}

TEST_CASE("the leases of a killed process are dropped", "[serial]") {
  config cfg;
  caf::actor_system sys{cfg};
  side here{sys, "owner"};
  process child{"transport-holder", {}};
  endpoint where;
  where.port = static_cast<uint16_t>(std::stoi(child.read_line()));
  auto up = connect_and_wait(sys, where, "key", patience, here.options);
  REQUIRE(up);
  auto first = make_remote<tensor>(here.store, tensor{41.0});
  compat::anon_send(up->link, carry(first));
  REQUIRE(child.read_line() == "41");
  first = pointer{};
  auto held = settle(sys, here.store, [](auto& c) {
    return c.objects == 1 && c.leases == 1 && c.transfers == 0;
  });
  CHECK(held.objects == 1);
  CHECK(held.leases == 1);
  child.signal(SIGKILL);
  CHECK(nothing_left(settle(sys, here.store, nothing_left)));
}
