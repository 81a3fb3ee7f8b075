#include <catch2/catch.hpp>
#include <transport/support.hpp>
#include <transport/values.hpp>

using namespace morph;
using namespace morph::test;

TEST_CASE("a message sent to a link arrives at the addressed actor") {
  GIVEN("two linked hosts") {
    test::pair hosts;
    WHEN("each message of the protocol is sent to the link") {
      hosts.send(begin_step{at(1), 5, 3});
      hosts.send(commit_step{at(1), 6, 0x7ff0000000000001});
      hosts.send(cancel_step{at(1), 7});
      hosts.send(recall{at(1), 2, 8});
      hosts.send(ready{at(1), 4, 9, 0x8000000000000000, 1});
      hosts.send(forward{at(1), 2, 10, 11, tensor{1.5}, 1});
      hosts.send(backward{at(1), 2, 12, 13, {}});
      THEN("they arrive in order and unchanged") {
        auto& inbox = hosts.b.inbox;
        auto begin = inbox.next<begin_step>();
        REQUIRE(begin);
        CHECK(begin->step == 5);
        CHECK(begin->flags == 3);
        auto commit = inbox.next<commit_step>();
        REQUIRE(commit);
        CHECK(commit->scale_bits == 0x7ff0000000000001);
        auto cancel = inbox.next<cancel_step>();
        REQUIRE(cancel);
        CHECK(cancel->step == 7);
        auto again = inbox.next<recall>();
        REQUIRE(again);
        CHECK(again->slot == 2);
        auto done = inbox.next<ready>();
        REQUIRE(done);
        CHECK(done->norm2_bits == 0x8000000000000000);
        auto value_in = inbox.next<forward>();
        REQUIRE(value_in);
        CHECK(value_in->port == 2);
        CHECK(value_in->version == 11);
        CHECK(tensor::from(value_in->payload).item() == 1.5);
        auto none = inbox.next<backward>();
        REQUIRE(none);
        CHECK(none->version == 13);
        CHECK_FALSE(none->cotangent);
      }
    }
    WHEN("a step fails") {
      error what{errc::shape_mismatch, "no"};
      what.at("scores", {"model.cpp", 42});
      hosts.send(failed{make_address(7, session_node), 3, what});
      THEN("the session there hears all of it") {
        auto x = hosts.b.complaints.next<failed>();
        REQUIRE(x);
        CHECK(to_string(x->what) == to_string(what));
        CHECK(x->step == 3);
      }
    }
  }
}

TEST_CASE("late messages of a closed deployment are counted and dropped") {
  test::pair hosts;
  hosts.b.options.book->close(7);
  hosts.send(begin_step{at(0), 1, 0});
  hosts.b.options.book->open(7, {{hosts.b.node}, {}, {}});
  hosts.send(begin_step{at(2), 2, 0}); // no such node now
  hosts.send(begin_step{at(0), 3, 0});
  auto x = hosts.b.inbox.next<begin_step>();
  REQUIRE(x);
  // The first one may have been in time for the second book, not for node 2.
  if (x->step == 1)
    x = hosts.b.inbox.next<begin_step>();
  CHECK(x->step == 3);
  CHECK(hosts.stats_of(hosts.b).dropped >= 1);
}

TEST_CASE("control requests get exactly one reply") {
  test::pair hosts;
  notebook replies;
  auto asker = hosts.sys.spawn(probe, replies);
  auto ask = [&](uint64_t request, uint16_t verb, blob body) {
    caf::send_as(asker, hosts.a.link, control{0, request, verb, body});
  };
  SECTION("small bodies") {
    ask(41, 1, blob{bytes_of("hello")});
    auto x = replies.next<control_reply>();
    REQUIRE(x);
    CHECK(x->request == 41);
    CHECK(x->ok);
    CHECK(text_of(x->body) == "hello");
  }
  SECTION("bodies of megabytes") {
    std::string large(5 << 20, 'x');
    large[4 << 20] = 'y';
    ask(42, 1, blob{bytes_of(large)});
    auto x = replies.next<control_reply>();
    REQUIRE(x);
    CHECK(x->ok);
    CHECK((text_of(x->body) == large));
  }
  SECTION("errors keep their code") {
    ask(43, 2, {});
    auto x = replies.next<control_reply>();
    REQUIRE(x);
    CHECK_FALSE(x->ok);
    CHECK(error_of(*x).code == errc::unknown_host);
  }
  SECTION("the link goes down before the reply") {
    ask(44, 3, {});
    compat::anon_send(hosts.b.link, close_link{});
    auto x = replies.next<control_reply>();
    REQUIRE(x);
    CHECK(x->request == 44);
    CHECK(error_of(*x).code == errc::host_lost);
    auto down = hosts.a.news.await<link_down>();
    REQUIRE(down);
    CHECK(down->peer == "b");
    CHECK(down->what.code == errc::host_lost);
  }
  SECTION("the link is down already") {
    compat::anon_send(hosts.a.link, close_link{});
    ask(45, 1, {});
    auto x = replies.next<control_reply>();
    REQUIRE(x);
    CHECK(error_of(*x).code == errc::host_lost);
  }
  compat::stop(asker);
}

TEST_CASE("small frames overtake bulk ones") {
  GIVEN("a payload of many windows and a small message sent after it") {
    test::pair hosts;
    auto large = tensor::zeros(f32, {4 << 20});
    // This thread may be held up between the two for a while.
    hosts.send(throttle{16'000'000});
    hosts.send(forward{at(0), 0, 1, 1, large, 0});
    hosts.send(begin_step{at(0), 2, 0});
    THEN("the small one arrives first") {
      CHECK(hosts.b.inbox.next<begin_step>());
      hosts.send(throttle{0});
      auto x = hosts.b.inbox.next<forward>();
      REQUIRE(x);
      CHECK(tensor::from(x->payload).bit_equal(large));
    }
  }
}

TEST_CASE("a stable payload travels once") {
  GIVEN("a payload that is said to be stable") {
    test::pair hosts;
    auto n = GENERATE(int64_t{4}, int64_t{1} << 20);
    CAPTURE(n);
    auto x = tensor::full(f32, {n}, 3);
    WHEN("it is sent for three steps, then a new version twice") {
      auto y = tensor::full(f32, {n}, 4);
      for (uint64_t step : {1, 2, 3})
        hosts.send(forward{at(0), 1, step, 100, x, forward::stable});
      for (uint64_t step : {4, 5})
        hosts.send(forward{at(0), 1, step, 101, y, forward::stable});
      THEN("every step gets its payload, and only two were sent") {
        std::map<uint64_t, tensor> got;
        for (int i = 0; i < 5; ++i) {
          auto f = hosts.b.inbox.next<forward>();
          REQUIRE(f);
          CHECK(f->flags == forward::stable);
          got[f->step] = tensor::from(f->payload);
        }
        for (uint64_t step : {1, 2, 3})
          CHECK(got.at(step).bit_equal(x));
        for (uint64_t step : {4, 5})
          CHECK(got.at(step).bit_equal(y));
        auto stats = hosts.stats_of(hosts.a);
        CHECK(stats.out.elided == 3);
        CHECK(stats.cached_bytes_out == x.size_bytes());
        CHECK(hosts.stats_of(hosts.b).cached_bytes_in == x.size_bytes());
      }
    }
    WHEN("the deployment is forgotten") {
      hosts.send(forward{at(0), 1, 1, 100, x, forward::stable});
      hosts.send(forget_deployment{7});
      hosts.send(forward{at(0), 1, 2, 100, x, forward::stable});
      THEN("the payload is sent again") {
        CHECK(hosts.b.inbox.next<forward>());
        CHECK(hosts.b.inbox.next<forward>());
        CHECK(hosts.stats_of(hosts.a).out.elided == 0);
      }
    }
    WHEN("it is not said to be stable") {
      hosts.send(forward{at(0), 1, 1, 100, x, 0});
      hosts.send(forward{at(0), 1, 2, 100, x, 0});
      THEN("it is sent each time and nothing is kept") {
        CHECK(hosts.b.inbox.next<forward>());
        CHECK(hosts.b.inbox.next<forward>());
        CHECK(hosts.stats_of(hosts.a).out.elided == 0);
        CHECK(hosts.stats_of(hosts.b).cached_bytes_in == 0);
      }
    }
  }
}

TEST_CASE("kept payloads stay within their budget") {
  GIVEN("room for two of three payloads") {
    test::pair hosts{[](link_options& x) { x.cache_bytes = 100; }};
    auto x = tensor::zeros(f32, {10});
    for (uint64_t step = 1; step <= 20; ++step)
      for (uint32_t port : {0, 1, 2})
        hosts.send(forward{at(0), port, step, 1, x, forward::stable});
    THEN("all arrive, old ones make room, and both ends agree") {
      for (int i = 0; i < 60; ++i) {
        auto f = hosts.b.inbox.next<forward>();
        REQUIRE(f);
        CHECK(tensor::from(f->payload).bit_equal(x));
      }
      CHECK(hosts.stats_of(hosts.a).cached_bytes_out == 80);
      CHECK(hosts.stats_of(hosts.b).cached_bytes_in == 80);
    }
  }
}

TEST_CASE("a payload that cannot travel fails its step, not the link") {
  test::pair hosts;
  SECTION("the sender has no inspector for it") {
    hosts.send(forward{at(0), 0, 9, 1, untravelled(), 0});
    auto x = hosts.a.complaints.next<failed>();
    REQUIRE(x);
    CHECK(x->what.code == errc::not_serialisable);
    CHECK(x->step == 9);
  }
  SECTION("the receiver cannot read it") {
    for (size_t n : {1, 100'000}) {
      hosts.send(forward{at(2), 0, 9, 1, one_way(n), 0});
      auto x = hosts.b.complaints.next<failed>();
      REQUIRE(x);
      CHECK(x->what.code == errc::not_serialisable);
      CHECK_THAT(x->what.message, Catch::Contains("one_way"));
      CHECK(x->step == 9);
      CHECK(x->to == at(2));
    }
  }
  SECTION("the receiver's inspector throws") {
    hosts.send(backward{at(1), 0, 8, 1, explosive(), 0});
    auto x = hosts.b.complaints.next<failed>();
    REQUIRE(x);
    CHECK(x->what.code == errc::not_serialisable);
    CHECK_THAT(x->what.message, Catch::Contains("boom"));
    CHECK(x->to == at(1));
  }
  SECTION("it is larger than the receiver takes") {
    test::pair small{[](link_options& x) { x.max_payload = 1 << 20; }};
    small.send(forward{at(0), 0, 9, 1, tensor::zeros(u8, {2 << 20}), 0});
    auto x = small.a.complaints.next<failed>();
    REQUIRE(x);
    CHECK(x->what.code == errc::frame_too_large);
  }
  hosts.send(begin_step{at(0), 10, 0});
  CHECK(hosts.b.inbox.next<begin_step>());
}

TEST_CASE("a link measures itself") {
  test::pair hosts;
  hosts.send(forward{at(0), 0, 1, 1, tensor::zeros(u8, {8 << 20}), 0});
  REQUIRE(hosts.b.inbox.next<forward>());
  // Some traffic both ways, so that stamps come back.
  notebook replies;
  auto asker = hosts.sys.spawn(probe, replies);
  for (uint64_t i = 0; i < 10; ++i) {
    caf::send_as(asker, hosts.a.link, control{0, i, 1, {}});
    REQUIRE(replies.next<control_reply>());
  }
  auto x = hosts.stats_of(hosts.a);
  CHECK(x.latency_seconds > 0);
  CHECK(x.latency_seconds < 1);
  CHECK(x.bytes_per_second > 0);
  CHECK_FALSE(x.samples.empty());
  CHECK(x.out.bulk_bytes == 8 << 20);
  CHECK(x.unacknowledged == 0);
  CHECK(x.queued_bytes == 0);
  CHECK(hosts.stats_of(hosts.a).samples.size() < x.samples.size());
  CHECK(hosts.stats_of(hosts.b).in.bulk_bytes == 8 << 20);
  compat::stop(asker);
}

TEST_CASE("a throttled link does not fall asleep over what waits") {
  test::pair hosts{[](link_options& x) { x.bulk_threshold = 64; }};
  // Each message is two batches. In some rounds the wait between them is over
  // just while the link asks how long it is.
  constexpr double head_bytes = 130;
  constexpr double longest_wait = 40e-6;
  constexpr uint64_t rounds = 8'000;
  auto x = tensor::zeros(f64, {16});
  for (uint64_t i = 1; i <= rounds; ++i) {
    auto wait = longest_wait * static_cast<double>(i) / rounds;
    hosts.send(throttle{static_cast<uint64_t>(head_bytes / wait)});
    hosts.send(forward{at(0), 0, i, i, x, 0});
    auto arrived = hosts.b.inbox.next<forward>();
    REQUIRE(arrived);
    REQUIRE(arrived->step == i);
  }
}

TEST_CASE("the throttle holds back all bytes and can be lifted") {
  test::pair hosts;
  auto x = tensor::zeros(u8, {100'000});
  hosts.send(throttle{500'000});
  auto start = now_ns();
  hosts.send(forward{at(0), 0, 1, 1, x, 0});
  REQUIRE(hosts.b.inbox.next<forward>());
  // The first chunk passes at once, the last one leaves when the rest is paid.
  CHECK(now_ns() - start > 150'000'000);
  hosts.send(throttle{0});
  hosts.send(forward{at(0), 0, 2, 1, tensor::zeros(u8, {100 << 20}), 0});
  REQUIRE(hosts.b.inbox.next<forward>());
}
