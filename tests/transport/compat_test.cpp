#include <morph/transport/compat/batch_inspect.hpp>
#include <morph/transport/compat/monitor.hpp>
#include <morph/transport/compat/network.hpp>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/stateful_actor.hpp>

#include <catch2/catch.hpp>
#include <transport/support.hpp>
#include <transport/values.hpp>

#include <sys/resource.h>
#include <thread>

using namespace morph;
using namespace morph::test;

namespace {

/// Through CAF's own serialiser and back.
template <class T>
result<T> through_caf(caf::actor_system& sys, const T& x, size_t cut = 0) {
  std::vector<char> bytes;
  caf::binary_serializer sink{sys, bytes};
  if (auto err = sink(const_cast<T&>(x)))
    return fail(errc::not_serialisable, compat::render(err));
  bytes.resize(bytes.size() - std::min(cut, bytes.size()));
  T out;
  caf::binary_deserializer source{sys, bytes};
  if (auto err = source(out))
    return fail(errc::protocol_violation, compat::render(err));
  return out;
}

caf::behavior idle(caf::event_based_actor*) {
  return {[](const throttle&) {}};
}

/// Passes a number on, one larger.
caf::behavior hop(caf::event_based_actor* self, caf::actor next) {
  return {[self, next](const begin_step& x) {
    compat::send(self, next, begin_step{x.to, x.step + 1, 0});
  }};
}

double cpu_seconds() {
  rusage x{};
  getrusage(RUSAGE_SELF, &x);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec)
           + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(x.ru_utime) + seconds(x.ru_stime);
}

} // namespace

TEST_CASE("CAF serialises our messages bit for bit") {
  config cfg{local_only()};
  caf::actor_system sys{cfg};
  for (auto& [name, x] : delicate_tensors()) {
    CAPTURE(name);
    auto f = through_caf(sys, forward{at(1), 2, 3, 4, x, 5});
    REQUIRE(f);
    CHECK(f->to == at(1));
    CHECK(f->flags == 5);
    CHECK(tensor::from(f->payload).bit_equal(x));
    auto b = through_caf(sys, backward{at(1), 2, 3, 4, x});
    REQUIRE(b);
    CHECK(tensor::from(b->cotangent).bit_equal(x));
  }
  auto c = through_caf(sys, commit_step{1, 2, 0xfff8dead0000beef});
  REQUIRE(c);
  CHECK(c->scale_bits == 0xfff8dead0000beef);
  auto r = through_caf(sys, ready{1, 2, 3, 0x7ff0000000000001, 1});
  REQUIRE(r);
  CHECK(r->norm2_bits == 0x7ff0000000000001);
  auto body = blob{bytes_of("body")};
  CHECK(text_of(through_caf(sys, control{1, 2, 3, body}).value().body)
        == "body");
  CHECK(text_of(through_caf(sys, batch{body, body}).value().body) == "body");
}

TEST_CASE("a message that CAF cuts short is an error") {
  config cfg{local_only()};
  caf::actor_system sys{cfg};
  for (size_t cut = 1; cut < 60; ++cut)
    CHECK_FALSE(through_caf(
      sys, forward{1, 2, 3, 4, tensor::of<float>({2}, {1, 2}), 0}, cut));
  CHECK_FALSE(through_caf(sys, batch{blob{bytes_of("head")}, {}}, 1));
}

TEST_CASE("an actor may monitor several others") {
  config cfg{local_only()};
  caf::actor_system sys{cfg};
  notebook seen;
  std::vector<caf::actor> watched;
  for (int i = 0; i < 3; ++i)
    watched.push_back(sys.spawn(idle));
  auto dead = sys.spawn(idle);
  compat::stop(dead);
  auto watcher = sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    for (uint64_t i = 0; i < 3; ++i)
      compat::on_down(self, watched[i], [seen, i](const caf::error&) {
        seen.write(begin_step{0, i, 0});
      });
    // The same one twice, and one that may be gone already.
    compat::on_down(self, watched[0], [seen](const caf::error&) {
      seen.write(begin_step{0, 10, 0});
    });
    compat::on_down(self, dead, [seen](const caf::error&) {
      seen.write(begin_step{0, 20, 0});
    });
    return {[](const throttle&) {}};
  });
  CHECK(seen.next<begin_step>().value().step == 20);
  compat::stop(watched[1]);
  CHECK(seen.next<begin_step>().value().step == 1);
  compat::stop(watched[0]);
  CHECK(seen.next<begin_step>().value().step == 0);
  CHECK(seen.next<begin_step>().value().step == 10);
  compat::stop(watched[2]);
  CHECK(seen.next<begin_step>().value().step == 2);
  compat::stop(watcher);
}

TEST_CASE("no job is lost, whatever the number of workers") {
  auto workers = GENERATE(size_t{1}, size_t{2}, size_t{4});
  CAPTURE(workers);
  config cfg{local_only(workers)};
  caf::actor_system sys{cfg};
  notebook seen;
  auto end = sys.spawn(probe, seen);
  std::vector<caf::actor> chains;
  for (int c = 0; c < 8; ++c) {
    auto next = end;
    for (int i = 0; i < 50; ++i)
      next = sys.spawn(hop, next);
    chains.push_back(next);
  }
  // Threads from outside push while chains run and workers fall asleep.
  constexpr uint64_t rounds = 200;
  std::vector<std::thread> pushers;
  for (int t = 0; t < 2; ++t)
    pushers.emplace_back([&, t] {
      for (uint64_t i = 0; i < rounds; ++i)
        compat::anon_send(chains[(i * 2 + static_cast<uint64_t>(t)) % 8],
                          begin_step{});
    });
  for (auto& t : pushers)
    t.join();
  for (uint64_t i = 0; i < 2 * rounds; ++i) {
    auto x = seen.next<begin_step>();
    REQUIRE(x);
    CHECK(x->step == 50);
  }
  // One at a time: each wakes a sleeping worker.
  for (int i = 0; i < 100; ++i) {
    compat::anon_send(chains[0], begin_step{});
    REQUIRE(seen.next<begin_step>());
  }
  compat::stop(end);
  for (auto& c : chains)
    compat::stop(c);
  chains.clear();
}

TEST_CASE("two actors that keep each other busy do not starve a third") {
  config cfg{local_only(1)};
  caf::actor_system sys{cfg};
  notebook seen;
  auto pong = sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](const begin_step& x) {
      compat::send(self, compat::sender(self), x);
    }};
  });
  auto ping = sys.spawn([pong](caf::event_based_actor* self) -> caf::behavior {
    compat::send(self, pong, begin_step{});
    return {[self, pong](const begin_step& x) { compat::send(self, pong, x); }};
  });
  auto third = sys.spawn(probe, seen);
  for (uint64_t i = 0; i < 10; ++i) {
    compat::anon_send(third, begin_step{0, i, 0});
    auto x = seen.next<begin_step>();
    REQUIRE(x);
    CHECK(x->step == i);
  }
  for (auto& x : {ping, pong, third})
    compat::stop(x);
}

TEST_CASE("a fan-out of actors takes linear time", "[serial]") {
  config cfg{local_only(2)};
  caf::actor_system sys{cfg};
  auto run = [&](size_t n) {
    notebook seen;
    auto end = sys.spawn([seen, n](caf::event_based_actor*) -> caf::behavior {
      auto missing = std::make_shared<size_t>(n);
      return {[seen, missing](const begin_step& x) {
        if (--*missing == 0)
          seen.write(x);
      }};
    });
    std::vector<caf::actor> all;
    for (size_t i = 0; i < n; ++i)
      all.push_back(sys.spawn<caf::lazy_init>(hop, end));
    auto start = cpu_seconds();
    auto source = sys.spawn([&](caf::event_based_actor* self) {
      for (auto& x : all)
        compat::send(self, x, begin_step{});
    });
    REQUIRE(seen.next<begin_step>());
    compat::stop(end);
    return cpu_seconds() - start;
  };
  run(10'000);
  auto small = run(10'000);
  auto large = run(100'000);
  CAPTURE(small, large);
  // A quadratic queue would take a hundred times as long.
  CHECK(large < 40 * std::max(small, 1e-3));
}

TEST_CASE("an idle system uses no processor time", "[serial]") {
  config cfg{local_only(2)};
  caf::actor_system sys{cfg};
  notebook seen;
  auto x = sys.spawn(probe, seen);
  compat::anon_send(x, begin_step{});
  REQUIRE(seen.next<begin_step>());
  // A second passes: a delayed message ends it.
  auto start = cpu_seconds();
  auto timer = sys.spawn([x](caf::event_based_actor* self) -> caf::behavior {
    compat::delayed_send(self, x, std::chrono::seconds{1}, begin_step{});
    return {[](const throttle&) {}};
  });
  REQUIRE(seen.next<begin_step>());
  CHECK(cpu_seconds() - start < 0.5);
  compat::stop(x);
  compat::stop(timer);
}

TEST_CASE("TLS files are checked before CAF meets them") {
  caf::actor_system_config cfg;
  system_options x;
  x.tls.certificate = "/nowhere/cert.pem";
  SECTION("some are not named") {
    CHECK_THROWS_AS(configure(cfg, x), failure);
  }
  SECTION("one is not there") {
    x.tls.key = "/nowhere/key.pem";
    x.tls.cafile = "/nowhere/ca.pem";
    try {
      configure(cfg, x);
      FAIL("no error");
    } catch (const failure& e) {
      CHECK(e.code() == errc::cannot_open);
    }
  }
}

TEST_CASE("addresses of endpoints are read and written") {
  for (auto* text : {"127.0.0.1:4242", "[::1]:1", "localhost:65535"})
    CHECK(to_string(parse_endpoint(text).value()) == text);
  CHECK(to_string(parse_endpoint("80").value()) == "127.0.0.1:80");
  for (auto* text : {"", ":", "a:", ":1", "a:65536", "a:1x", "::1:2", "a:-1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_endpoint(text));
  }
}

TEST_CASE("an address book forgets what is closed") {
  config cfg{local_only()};
  caf::actor_system sys{cfg};
  auto x = sys.spawn(idle);
  address_book book;
  auto before = book.epoch();
  book.open(3, {{{}, x}, x, {}});
  CHECK(book.epoch() != before);
  CHECK(book.find(make_address(3, 1)) == x);
  CHECK(book.find(make_address(3, controller_node)) == x);
  CHECK_FALSE(book.find(make_address(3, session_node)));
  CHECK_FALSE(book.find(make_address(3, 0)));
  CHECK_FALSE(book.find(make_address(3, 2)));
  CHECK_FALSE(book.find(make_address(4, 1)));
  book.close(3);
  CHECK_FALSE(book.find(make_address(3, 1)));
  compat::stop(x);
}
