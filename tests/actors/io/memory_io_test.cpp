#include "actors/io/subject.hpp"

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

std::span<std::byte> writable(std::string& x) {
  return std::as_writable_bytes(std::span{x});
}

/// Runs until it is complete.
template <class T>
result<T> run(manual_timeline& clock, io_operation<T> op) {
  begun<T> x{std::move(op)};
  while (!x.done() && clock.run_one())
    ; // Time goes on.
  REQUIRE(x.done());
  return x.outcome();
}

/// A program whose course depends on what is random.
std::string course(uint64_t seed) {
  manual_timeline clock;
  memory_io disk{clock,
                 {.seed = seed,
                  .short_reads = 0.5,
                  .short_writes = 0.5,
                  .least_delay = 10,
                  .most_delay = 1000}};
  auto text = pattern(1000);
  auto f = *run(clock, disk.open("a", open_mode::write));
  std::string out;
  for (int i = 0; i < 10; ++i) {
    run(clock, f.write(0, text));
    out += std::to_string(clock.now()) + " " + std::to_string(disk.operations())
           + "\n";
  }
  return out;
}

} // namespace

TEST_CASE("memory_io: a seed is one course of events", "[io]") {
  CHECK(course(1) == course(1));
  CHECK(course(1) != course(2));
}

TEST_CASE("memory_io: nothing completes before time goes on", "[io]") {
  manual_timeline clock;
  memory_io disk{clock};
  begun<file> x{disk.open("a", open_mode::write)};
  CHECK_FALSE(x.done());
  CHECK(disk.files().empty());
  clock.run();
  CHECK(x.done());
}

TEST_CASE("memory_io: delays are virtual and bounded", "[io]") {
  manual_timeline clock;
  memory_io disk{clock, {.least_delay = 5, .most_delay = 7}};
  for (int i = 0; i < 100; ++i) {
    auto begin = clock.now();
    run(clock, disk.open("a", open_mode::write));
    CHECK(clock.now() - begin >= 5);
    CHECK(clock.now() - begin <= 7);
  }
}

TEST_CASE("memory_io: the operation that was chosen fails", "[io]") {
  manual_timeline clock;
  memory_io disk{clock, {.fail_at = 1}};
  auto f = *run(clock, disk.open("a", open_mode::write));
  auto x = run(clock, f.write(0, "x"));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::write_failed);
  CHECK(x.error().message.find("injected") != std::string::npos);
  CHECK(run(clock, f.write(0, "x")));
}

TEST_CASE("memory_io: what was not synced is lost", "[io]") {
  manual_timeline clock;
  memory_io disk{clock};
  auto f = *run(clock, disk.open("a", open_mode::write));
  run(clock, f.write(0, "safe"));
  run(clock, f.sync());
  run(clock, disk.sync_folder(""));
  run(clock, f.write(4, std::string_view{" or"}));
  run(clock, f.write(7, std::string_view{" not"}));
  run(clock, disk.open("b", open_mode::write));
  auto survivors = GENERATE(crash_survivors{}, crash_survivors{0, 1, 0},
                            crash_survivors{0, 1, 2}, crash_survivors{1, 2, 0});
  disk.restart(survivors);
  auto expected = survivors.writes == 0   ? "safe"
                  : survivors.writes == 2 ? "safe or not"
                  : survivors.bytes == 2  ? "safe or n"
                                          : "safe or";
  CHECK(disk.text("a") == expected);
  CHECK(disk.files().size() == 1 + survivors.names);
}

TEST_CASE("memory_io: names reach the disk in their order", "[io]") {
  manual_timeline clock;
  memory_io disk{clock};
  for (auto name : {"a", "b"}) {
    auto f = *run(clock, disk.open(name, open_mode::write));
    run(clock, f.write(0, std::string_view{name}));
    run(clock, f.sync());
  }
  run(clock, disk.sync_folder(""));
  run(clock, disk.rename("a", "c"));
  run(clock, disk.remove("b"));
  CHECK(disk.unsynced_names() == 2);
  auto names = GENERATE(uint64_t{0}, uint64_t{1}, uint64_t{2});
  disk.restart({.names = names});
  CHECK(disk.text("a").has_value() == (names == 0));
  CHECK(disk.text("c").has_value() == (names > 0));
  CHECK(disk.text("b").has_value() == (names < 2));
}

TEST_CASE("memory_io: after a crash everything fails until a restart", "[io]") {
  manual_timeline clock;
  memory_io disk{clock, {.crash_at = 2}};
  auto f = *run(clock, disk.open("a", open_mode::write));
  auto door = *run(clock, disk.listen());
  begun<stream> waiting{door.accept()}; // This one stops the machine.
  auto x = run(clock, f.write(0, "x"));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::host_lost);
  CHECK(waiting.done());
  CHECK(waiting.outcome().error().code == errc::host_lost);
  disk.set_faults({});
  disk.restart();
  // Open files are gone, and their names were never safe.
  auto y = run(clock, f.size());
  CHECK(y.error().code == errc::host_lost);
  CHECK_FALSE(run(clock, disk.open("a")));
  CHECK(run(clock, disk.open("a", open_mode::write)));
}

TEST_CASE("memory_io: machines in one network have disks of their own",
          "[io]") {
  manual_timeline clock;
  auto network = make_memory_network();
  memory_io x{clock, network, "10.0.0.1"}, y{clock, network, "10.0.0.2"};
  run(clock, x.open("a", open_mode::write));
  CHECK_FALSE(run(clock, y.open("a")));
  auto door = *run(clock, x.listen());
  CHECK(door.where().host == "10.0.0.1");
  CHECK_FALSE(run(clock, y.connect({"127.0.0.1", door.where().port})));
  auto client = *run(clock, y.connect(door.where()));
  auto server = *run(clock, door.accept());
  CHECK(server.name().starts_with("10.0.0.2:"));
  run(clock, client.write("hello"));
  run(clock, client.flush());
  std::string in(5, '\0');
  CHECK(run(clock, server.read_exactly(writable(in))));
  CHECK(in == "hello");
}

TEST_CASE("memory_io: ending it completes what waits", "[io]") {
  manual_timeline clock;
  std::vector<begun<stream>> x;
  std::vector<begun<size_t>> y;
  std::string in(5, '\0');
  {
    memory_io io{clock};
    auto door = *run(clock, io.listen());
    auto client = *run(clock, io.connect(door.where()));
    auto server = *run(clock, door.accept());
    x.emplace_back(door.accept());
    y.emplace_back(server.read_some(writable(in)));
    clock.run();
    CHECK_FALSE(x.back().done());
    CHECK_FALSE(y.back().done());
  }
  CHECK(x.back().outcome().error().code == errc::cancelled);
  CHECK(y.back().outcome().error().code == errc::cancelled);
  clock.run();
}

TEST_CASE("memory_io: a disk that is full is so for all files", "[io]") {
  manual_timeline clock;
  memory_io disk{clock, {.disk_bytes = 10}};
  auto f = *run(clock, disk.open("a", open_mode::write));
  auto g = *run(clock, disk.open("b", open_mode::write));
  CHECK(run(clock, f.write(0, "123456")));
  CHECK_FALSE(run(clock, g.write(0, "12345")));
  CHECK(disk.text("b") == "1234");
  // What is there may be written over, and removing makes room.
  CHECK(run(clock, f.write(0, "abcdef")));
  run(clock, disk.remove("a"));
  CHECK(run(clock, g.write(0, "1234567890")));
}

TEST_CASE("memory_io: thirty seconds of retries are over at once", "[io]") {
  manual_timeline clock;
  memory_io net{clock};
  auto retry = [](io& x) -> io_operation<int> {
    for (int i = 0, pause = 2; i < 4; ++i, pause *= 2) {
      auto c = co_await x.connect({"127.0.0.1", 9});
      if (c)
        co_return i;
      co_await x.wait_for(std::chrono::seconds{pause});
    }
    co_return fail(errc::timed_out, "nobody answers");
  };
  auto x = run(clock, retry(net));
  CHECK(x.error().code == errc::timed_out);
  CHECK(clock.now() == 30'000'000'000);
}
