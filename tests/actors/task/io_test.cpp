// Files, sockets and timers inside tasks: `self.io()`.
#include "actors/io/subject.hpp"
#include "actors/task/programs.hpp"

#include <morph/actors/io/asio_io.hpp>
#include <morph/actors/io/save_file.hpp>

#include <semaphore>
#include <thread>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

/// Where operations block, where they complete on another thread, and where
/// strands are actors.
class io_place {
public:
  explicit io_place(const std::string& name) {
    if (name == "threads, folded" || name == "threads, strands") {
      threads_ = std::make_unique<thread_runtime>(2);
      on_ = std::make_unique<actor_tasks>(threads_->system());
      on_->use(std::make_shared<fixed_placer>(name == "threads, folded"
                                                ? branch_site::folded
                                                : branch_site::own_strand));
    } else {
      on_ = std::make_unique<inline_tasks>();
    }
    if (name == "inline, a loop")
      on_->use_io(loop_);
  }

  task_runtime& get() {
    return *on_;
  }

private:
  asio_io loop_;
  std::unique_ptr<thread_runtime> threads_;
  std::unique_ptr<task_runtime> on_;
};

std::vector<std::string> overlapping() {
  return {"inline, a loop", "threads, folded", "threads, strands"};
}

std::vector<std::string> all() {
  auto out = overlapping();
  out.emplace_back("inline");
  return out;
}

#define MORPH_EACH_PLACE(rt, names) \
  auto rt##_name = GENERATE(from_range(names())); \
  INFO("on " << rt##_name); \
  io_place rt##_place{rt##_name}; \
  auto& rt = rt##_place.get()

task<std::string> save_and_read(context& self, std::string path,
                                std::string text) {
  unwrap(co_await save_file(self.io(), path, text));
  auto f = unwrap(co_await self.io().open(path));
  auto bytes = unwrap(co_await f.read_all());
  co_return std::string{reinterpret_cast<const char*>(bytes.data()),
                        bytes.size()};
}

task<void> serve(context&, listener door, int lines) {
  auto peer = unwrap(co_await door.accept());
  for (int i = 0; i < lines; ++i) {
    auto line = unwrap(co_await peer.read_until('\n'));
    line += '\n';
    unwrap(co_await peer.write(line));
    unwrap(co_await peer.flush());
  }
}

task<std::string> ask(context& self, endpoint where, int lines) {
  auto peer = unwrap(co_await self.io().connect(where));
  std::string out;
  for (int i = 0; i < lines; ++i) {
    auto line = std::to_string(i) + "\n";
    unwrap(co_await peer.write(line));
    unwrap(co_await peer.flush());
    out += unwrap(co_await peer.read_until('\n'));
  }
  co_return out;
}

task<std::string> echo(context& self, int clients, int lines) {
  auto door = unwrap(co_await self.io().listen());
  scope servers{self};
  scope askers{self};
  for (int i = 0; i < clients; ++i) {
    servers.concurrent(serve, door, lines);
    askers.concurrent(ask, door.where(), lines);
  }
  std::string out;
  std::vector<std::string> answers = co_await askers.all();
  for (auto& x : answers)
    out += x + ' ';
  co_await servers.join();
  co_return out;
}

/// What a wait ended with that only a cancellation ends.
task<errc> idle(context& self, std::shared_ptr<std::binary_semaphore> begun) {
  auto door = unwrap(co_await self.io().listen());
  begun->release();
  auto peer = co_await door.accept();
  co_return code(peer);
}

template <class T>
errc outcome(const started<T>&, const result<T>& x) {
  return x ? *x : x.error().code;
}

} // namespace

TEST_CASE("task io: a task writes and reads a file", "[io][task]") {
  MORPH_EACH_PLACE(rt, all);
  subject disk{"blocking"};
  CHECK(run(rt, save_and_read, disk.file("a").string(), std::string{"some"})
        == "some");
  CHECK(disk.text(disk.file("a")) == "some");
  CHECK(drained(rt));
}

TEST_CASE("task io: saves of branches may overlap or not", "[io][task]") {
  MORPH_EACH_PLACE(rt, all);
  subject disk{"blocking"};
  auto both = [&disk](context& self) -> task<std::string> {
    scope s{self};
    for (int i = 0; i < 20; ++i)
      s.branch(save_and_read, disk.file(std::to_string(i)).string(),
               std::to_string(i));
    std::string out;
    std::vector<std::string> texts = co_await s.all();
    for (auto& x : texts)
      out += x + ' ';
    co_return out;
  };
  CHECK(run(rt, both) == "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 ");
  CHECK(disk.files().size() == 20);
  CHECK(drained(rt));
}

TEST_CASE("task io: a server and its clients", "[io][task]") {
  auto name = GENERATE("threads, folded", "threads, strands");
  INFO("on " << name);
  io_place place{name};
  CHECK(run(place.get(), echo, 3, 2) == "01 01 01 ");
  CHECK(drained(place.get()));
}

TEST_CASE("task io: inline refuses a server and its clients", "[io][task]") {
  inline_tasks rt;
  CHECK(code(try_run(rt, echo, 1, 1)) == errc::needs_concurrency);
  CHECK(drained(rt));
}

TEST_CASE("task io: a wait that would block for ever is refused inline",
          "[io][task]") {
  inline_tasks rt;
  auto lonely = [](context& self) -> task<errc> {
    auto door = unwrap(co_await self.io().listen());
    auto peer = unwrap(co_await self.io().connect(door.where()));
    std::string in(1, ' ');
    auto n = co_await peer.read_some(
      std::as_writable_bytes(std::span{in.data(), in.size()}));
    co_return code(n);
  };
  CHECK(run(rt, lonely) == errc::needs_concurrency);
}

TEST_CASE("task io: a cancellation arrives as an error value", "[io][task]") {
  MORPH_EACH_PLACE(rt, overlapping);
  auto begun = std::make_shared<std::binary_semaphore>(0);
  auto x = start(rt, idle, begun);
  std::jthread other{[&] {
    begun->acquire();
    x.cancel();
  }};
  CHECK(outcome(x, x.get()) == errc::cancelled);
  CHECK(drained(rt));
}

TEST_CASE("task io: dropping a task ends what it waits for", "[io][task]") {
  MORPH_EACH_PLACE(rt, overlapping);
  for (int i = 0; i < 20; ++i) {
    auto begun = std::make_shared<std::binary_semaphore>(0);
    auto x = start(rt, idle, begun);
    if (i % 2 == 0 && rt.overlaps())
      begun->acquire();
  }
  CHECK(drained(rt));
}

TEST_CASE("task io: a deadline ends an operation", "[io][task]") {
  MORPH_EACH_PLACE(rt, overlapping);
  auto late = [](context& self) -> task<errc> {
    auto begun = std::make_shared<std::binary_semaphore>(0);
    try {
      co_return co_await timeout(self, 5ms, idle, begun);
    } catch (const failure& e) {
      co_return e.value().code;
    }
  };
  auto quick = run(rt, late);
  CHECK((quick == errc::cancelled || quick == errc::deadline_exceeded));
  CHECK(drained(rt));
}

TEST_CASE("task io: after a cancellation nothing waits, but for clean-up",
          "[io][task]") {
  MORPH_EACH_PLACE(rt, overlapping);
  subject disk{"blocking"};
  auto path = disk.file("last").string();
  auto begun = std::make_shared<std::binary_semaphore>(0);
  auto tidy = [path](context& self,
                     std::shared_ptr<std::binary_semaphore> go) -> task<errc> {
    co_await idle(self, go);
    auto again = co_await self.io().wait_for(1h);
    CHECK(code(again) == errc::cancelled);
    auto clean_up = [path](context& inner) -> task<errc> {
      auto ok = co_await save_file(inner.io(), path, "tidy");
      co_return code(ok);
    };
    co_return co_await self.shielded(clean_up);
  };
  auto x = start(rt, tidy, begun);
  std::jthread other{[&] {
    begun->acquire();
    x.cancel();
  }};
  CHECK(outcome(x, x.get()) == errc::none);
  CHECK(disk.text(path) == "tidy");
}

TEST_CASE("task io: a stop token of one's own works too", "[io][task]") {
  MORPH_EACH_PLACE(rt, overlapping);
  std::stop_source stop;
  auto waits = [&stop](context& self) -> task<errc> {
    auto ok = co_await self.io().wait_for(1h).until(stop.get_token());
    co_return code(ok);
  };
  auto x = start(rt, waits);
  std::jthread other{[&] { stop.request_stop(); }};
  CHECK(outcome(x, x.get()) == errc::cancelled);
}

TEST_CASE("task io: completion and cancellation meet", "[io][task]") {
  MORPH_EACH_PLACE(rt, overlapping);
  auto waits = [](context& self) -> task<errc> {
    auto ok = co_await self.io().wait_for(50us);
    co_return code(ok);
  };
  int ended = 0;
  for (int i = 0; i < 300; ++i) {
    auto x = start(rt, waits);
    std::jthread other{[&] { x.cancel(); }};
    auto y = outcome(x, x.get());
    ended += y == errc::none || y == errc::cancelled;
  }
  CHECK(ended == 300);
  CHECK(drained(rt));
}

TEST_CASE("task io: a task that hops uses the io of where it is",
          "[io][task]") {
  inline_runtime a;
  thread_runtime b{1};
  auto hops = [&](context& self) -> task<std::string> {
    std::string out{self.io().name()};
    unwrap(co_await self.io().wait_for(1us));
    co_await on(b);
    out += ' ';
    out += self.io().name();
    unwrap(co_await self.io().wait_for(1us));
    co_await on(a);
    out += ' ';
    out += self.io().name();
    unwrap(co_await self.io().wait_for(1us));
    co_return out;
  };
  CHECK(run(a, hops) == "blocking asio blocking");
  CHECK(&a.io() == &a.tasks().io());
}
