#include <catch2/catch.hpp>
#include <support/process.hpp>
#include <transport/support.hpp>
#include <transport/values.hpp>

#include <csignal>
#include <iostream>

using namespace morph;
using namespace morph::test;

namespace {

/// Sends every forward back as a backward and every other message as it is,
/// over the link that it hears of first.
caf::behavior mirror(caf::event_based_actor* self) {
  auto link = std::make_shared<caf::actor>();
  auto echo = [self, link](const auto& x) { compat::send(self, *link, x); };
  return {
    [link](const link_up& x) { *link = x.link; },
    [self, link](const forward& x) {
      compat::send(self, *link,
                   backward{x.to, x.port, x.step, x.version, x.payload});
    },
    [echo](const commit_step& x) { echo(x); },
    [echo](const ready& x) { echo(x); },
    [echo](const failed& x) { echo(x); },
    [echo](const begin_step& x) { echo(x); },
  };
}

/// A host that mirrors what it gets. Prints its port; ends when its link does.
int mirror_host(const std::vector<std::string>&) {
  config cfg;
  caf::actor_system sys{cfg};
  notebook news;
  link_options options;
  options.self.name = "child";
  options.supervisor = sys.spawn(probe, news);
  options.control_handler = sys.spawn(parrot);
  auto node = sys.spawn(mirror);
  options.book->open(7, {{node, node}, {}, {}});
  auto door = offer(sys, {}, "key", options);
  if (!door)
    return 1;
  std::cout << door->where().port << std::endl;
  auto up = news.await<link_up>();
  if (!up)
    return 2;
  compat::anon_send(node, *up);
  std::cout << "up" << std::endl;
  auto down = news.await<link_down>();
  for (auto& x : {node, options.supervisor, options.control_handler})
    compat::stop(x);
  return down ? 0 : 3;
}

const role_registrar registered{"transport-mirror", mirror_host};

/// This process with a link to a child.
struct two_processes {
  two_processes()
    : sys(cfg), here(sys, "parent"), child("transport-mirror", {}) {
    where.port = static_cast<uint16_t>(std::stoi(child.read_line()));
  }

  ~two_processes() {
    if (here.link)
      compat::anon_send(here.link, close_link{});
  }

  void connect_with(std::string key) {
    here.link = connect(sys, where, std::move(key), std::chrono::seconds{10},
                        here.options);
  }

  void connect_now() {
    connect_with("key");
    peer = here.news.next<link_up>();
    REQUIRE(peer);
    REQUIRE(child.read_line() == "up");
  }

  template <class T>
  void send(T x) {
    compat::anon_send(here.link, std::move(x));
  }

  config cfg;
  caf::actor_system sys;
  side here;
  process child;
  endpoint where;
  std::optional<link_up> peer;
};

double seconds_since(int64_t start) {
  return static_cast<double>(now_ns() - start) * 1e-9;
}

} // namespace

TEST_CASE("two processes meet and introduce themselves") {
  two_processes t;
  t.connect_now();
  CHECK(t.peer->peer.name == "child");
  CHECK(t.peer->peer.process == static_cast<uint64_t>(t.child.id()));
  CHECK(t.peer->peer.workers > 0);
}

TEST_CASE("numbers cross processes bit for bit") {
  two_processes t;
  t.connect_now();
  for (auto& [name, x] : delicate_tensors()) {
    CAPTURE(name);
    t.send(forward{at(0), 1, 2, 3, x, 0});
    auto y = t.here.inbox.next<backward>();
    REQUIRE(y);
    CHECK(tensor::from(y->cotangent).bit_equal(x));
  }
  constexpr uint64_t bits[]
    = {0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000012345678,
       0xfff4dead0000beef, 0x8000000000000000, 1,
       0x800fffffffffffff};
  for (auto x : bits) {
    t.send(commit_step{at(0), 1, x});
    t.send(ready{at(0), 1, 2, x, 0});
    CHECK(t.here.inbox.next<commit_step>().value().scale_bits == x);
    CHECK(t.here.inbox.next<ready>().value().norm2_bits == x);
  }
}

TEST_CASE("a tensor of 200 MB crosses two processes bit for bit") {
  two_processes t;
  t.connect_now();
  auto x = all_patterns(50'000'000);
  auto start = now_ns();
  t.send(forward{at(0), 0, 1, 1, x, 0});
  // Small messages do not wait for it.
  t.send(begin_step{at(0), 77, 0});
  auto small = t.here.inbox.next<begin_step>();
  REQUIRE(small);
  CHECK(small->step == 77);
  auto y = t.here.inbox.next<backward>();
  REQUIRE(y);
  WARN("400 MB there and back: " << 400 / seconds_since(start) << " MB/s");
  CHECK(tensor::from(y->cotangent).bit_equal(x));
}

TEST_CASE("a wrong key is refused") {
  two_processes t;
  auto start = now_ns();
  t.connect_with("another key");
  auto x = t.here.news.next<link_down>();
  REQUIRE(x);
  CHECK(x->what.code == errc::authentication_failed);
  CHECK(seconds_since(start) < 5);
  // The right one still works.
  t.connect_now();
}

TEST_CASE("an address where nobody listens is reported in time") {
  config cfg;
  caf::actor_system sys{cfg};
  side here{sys, "parent"};
  // A port that was free a moment ago.
  endpoint where;
  {
    auto door = offer(sys, {}, "key", here.options);
    REQUIRE(door);
    where = door->where();
  }
  auto link = connect_and_wait(sys, where, "key", std::chrono::seconds{2},
                               here.options);
  REQUIRE_FALSE(link);
  CHECK(link.error().code == errc::host_unreachable);
}

TEST_CASE("a heartbeat that falls into a handshake does not end it") {
  config cfg;
  caf::actor_system there{cfg};
  side host{there, "host"};
  auto door = offer(there, {}, "key", host.options);
  REQUIRE(door);
  for (int i = 0; i < 30; ++i) {
    system_options restless;
    restless.heartbeat_interval = std::chrono::milliseconds{2};
    config mine{restless};
    caf::actor_system sys{mine};
    side here{sys, "driver"};
    auto up
      = connect_and_wait(sys, door->where(), "key", patience, here.options);
    INFO((up ? std::string{} : to_string(up.error())));
    REQUIRE(up);
    compat::anon_send(up->link, close_link{});
  }
}

TEST_CASE("a port in use is refused with its code") {
  config cfg;
  caf::actor_system sys{cfg};
  side here{sys, "parent"};
  auto first = offer(sys, {}, "key", here.options);
  REQUIRE(first);
  auto second = offer(sys, first->where(), "key", here.options);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == errc::port_in_use);
}

TEST_CASE("nothing goes beyond loopback without TLS") {
  config cfg;
  caf::actor_system sys{cfg};
  side here{sys, "parent"};
  for (auto* host : {"0.0.0.0", "::", "192.168.1.1", "example.org"}) {
    CAPTURE(host);
    auto door = offer(sys, {host, 0}, "key", here.options);
    REQUIRE_FALSE(door);
    CHECK(door.error().code == errc::insecure_address);
    auto link = connect_and_wait(sys, {host, 4242}, "key",
                                 std::chrono::seconds{2}, here.options);
    REQUIRE_FALSE(link);
    CHECK(link.error().code == errc::insecure_address);
  }
}

TEST_CASE("a killed peer is noticed at once", "[serial]") {
  two_processes t;
  t.connect_now();
  // A request that will not be answered any more.
  notebook replies;
  auto asker = t.sys.spawn(probe, replies);
  caf::send_as(asker, t.here.link, control{0, 5, 3, {}});
  auto start = now_ns();
  t.child.signal(SIGKILL);
  auto down = t.here.news.next<link_down>();
  REQUIRE(down);
  CHECK(seconds_since(start) < 1);
  CHECK(down->what.code == errc::host_lost);
  CHECK(down->peer == "child");
  auto reply = replies.next<control_reply>();
  REQUIRE(reply);
  CHECK(error_of(*reply).code == errc::host_lost);
  CHECK(t.here.news.count<link_down>() == 0);
  compat::stop(asker);
}

TEST_CASE("a frozen peer is noticed within three seconds", "[serial]") {
  two_processes t;
  t.connect_now();
  auto start = now_ns();
  t.child.signal(SIGSTOP);
  auto down = t.here.news.next<link_down>();
  t.child.signal(SIGCONT);
  REQUIRE(down);
  CHECK(seconds_since(start) < 3);
  CHECK(down->what.code == errc::host_lost);
}

TEST_CASE("a closed link ends the peer's link in order") {
  two_processes t;
  t.connect_now();
  t.send(close_link{});
  auto down = t.here.news.next<link_down>();
  REQUIRE(down);
  CHECK(down->what.code == errc::session_closed);
  CHECK(t.child.wait() == 0);
}

TEST_CASE("round trips of small messages between processes", "[serial]") {
  two_processes t;
  t.connect_now();
  std::vector<double> us;
  for (uint64_t i = 0; i < 300; ++i) {
    auto start = now_ns();
    t.send(begin_step{at(0), i, 0});
    REQUIRE(t.here.inbox.next<begin_step>());
    us.push_back(seconds_since(start) * 1e6);
  }
  std::sort(us.begin(), us.end());
  WARN("median of 300 round trips: " << us[150] << " us");
  CHECK(us[150] < 5000);
}
