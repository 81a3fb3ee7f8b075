#include "actors/io/subject.hpp"

#include <morph/actors/io/asio_io.hpp>

#include <deque>
#include <thread>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

/// A coroutine of no library: starts at once, keeps what it returns.
template <class T>
class foreign {
public:
  struct promise_type {
    std::shared_ptr<std::optional<T>> slot
      = std::make_shared<std::optional<T>>();

    foreign get_return_object() {
      return {slot};
    }

    std::suspend_never initial_suspend() noexcept {
      return {};
    }

    std::suspend_never final_suspend() noexcept {
      return {};
    }

    void return_value(T x) {
      *slot = std::move(x);
    }

    void unhandled_exception() {
      std::rethrow_exception(std::current_exception());
    }
  };

  std::shared_ptr<std::optional<T>> slot;
};

io_operation<int> ready(int x) {
  return io_operation<int>{result<int>{x}};
}

/// Completes when the test says so.
class manual {
public:
  io_operation<int> wait() {
    return io_operation<int>{io_operation<int>::starter{
      [this](std::stop_token stop, io_callback<int> done) {
        stop_ = std::move(stop);
        done_ = std::move(done);
      }}};
  }

  bool started() const {
    return done_ != nullptr;
  }

  bool stop_requested() const {
    return stop_.stop_requested();
  }

  void complete(result<int> x) {
    std::exchange(done_, nullptr)(std::move(x));
  }

private:
  std::stop_token stop_;
  io_callback<int> done_;
};

foreign<int> twice(manual& m) {
  auto x = co_await m.wait();
  auto y = co_await m.wait();
  co_return x.value_or(-1) * 10 + y.value_or(-1);
}

io_operation<int> sum(manual& m) {
  auto x = co_await m.wait();
  if (!x)
    co_return fail(std::move(x.error()));
  auto y = co_await m.wait();
  if (!y)
    co_return fail(std::move(y.error()));
  co_return *x + *y;
}

io_operation<int> count_to(int n) {
  auto sum = 0;
  for (int i = 0; i < n; ++i)
    sum += *co_await ready(1);
  co_return sum;
}

io_operation<int> throwing() {
  co_await ready(1);
  throw failure{error{errc::malformed_file, "in here"}};
}

} // namespace

TEST_CASE("operation: nothing happens before its start", "[io]") {
  manual m;
  {
    auto op = m.wait();
    auto composed = sum(m);
  }
  CHECK_FALSE(m.started());
}

TEST_CASE("operation: a callback gets the outcome once", "[io]") {
  manual m;
  begun<int> x{m.wait()};
  CHECK_FALSE(x.done());
  m.complete(7);
  CHECK(*x.outcome() == 7);
  CHECK(x.completions() == 1);
}

TEST_CASE("operation: any coroutine may await it", "[io]") {
  manual m;
  auto x = twice(m);
  CHECK_FALSE(*x.slot);
  m.complete(4);
  CHECK_FALSE(*x.slot);
  m.complete(2);
  CHECK(**x.slot == 42);
}

TEST_CASE("operation: a coroutine may be one", "[io]") {
  manual m;
  begun<int> x{sum(m)};
  m.complete(40);
  m.complete(2);
  CHECK(*x.outcome() == 42);
}

TEST_CASE("operation: a loop over ready ones takes no stack", "[io]") {
  begun<int> x{count_to(1000000)};
  CHECK(*x.outcome() == 1000000);
}

TEST_CASE("operation: one that is complete does not suspend", "[io]") {
  auto x = []() -> foreign<int> { co_return *co_await ready(3); }();
  CHECK(**x.slot == 3);
}

TEST_CASE("operation: an exception becomes an error", "[io]") {
  begun<int> x{throwing()};
  CHECK(x.outcome().error().code == errc::malformed_file);
}

TEST_CASE("operation: a stopped one does not begin", "[io]") {
  manual m;
  std::stop_source stop;
  stop.request_stop();
  begun<int> x{m.wait().until(stop.get_token())};
  CHECK_FALSE(m.started());
  CHECK(x.outcome().error().code == errc::cancelled);
}

TEST_CASE("operation: each of several tokens stops it", "[io]") {
  auto which = GENERATE(0, 1, 2);
  manual m;
  std::array<std::stop_source, 3> stops;
  begun<int> x{m.wait()
                 .until(stops[0].get_token())
                 .until(stops[1].get_token())
                 .until(stops[2].get_token())};
  CHECK_FALSE(m.stop_requested());
  stops[static_cast<size_t>(which)].request_stop();
  CHECK(m.stop_requested());
  m.complete(io_cancelled());
  CHECK(x.outcome().error().code == errc::cancelled);
}

TEST_CASE("operation: tokens may outlive and be outlived", "[io]") {
  manual m;
  std::vector<begun<int>> x;
  std::stop_source kept;
  {
    std::stop_source brief;
    x.emplace_back(m.wait().until(brief.get_token()).until(kept.get_token()));
  }
  m.complete(1);
  kept.request_stop();
  CHECK(*x.back().outcome() == 1);
}

TEST_CASE("operation: a composed one hands its token on", "[io]") {
  manual m;
  std::stop_source stop;
  begun<int> x{sum(m).until(stop.get_token())};
  m.complete(1);
  CHECK_FALSE(m.stop_requested());
  stop.request_stop();
  CHECK(m.stop_requested());
  m.complete(io_cancelled());
  CHECK(x.outcome().error().code == errc::cancelled);
}

TEST_CASE("operation: a shielded one hears no token", "[io]") {
  manual m;
  std::stop_source stop;
  begun<int> x{m.wait().shielded().until(stop.get_token())};
  stop.request_stop();
  CHECK_FALSE(m.stop_requested());
  m.complete(5);
  CHECK(*x.outcome() == 5);
}

TEST_CASE("operation: goes on inside its executor", "[io]") {
  std::deque<std::function<void()>> strand;
  auto post = [&](std::function<void()> f) { strand.push_back(std::move(f)); };
  manual m;
  begun<int> x{m.wait().on(post)};
  auto y = [](manual& m, io_executor ex) -> foreign<int> {
    co_return *co_await m.wait().on(std::move(ex));
  };
  m.complete(1);
  CHECK_FALSE(x.done());
  strand.front()();
  CHECK(*x.outcome() == 1);
  auto z = y(m, post);
  m.complete(2);
  CHECK_FALSE(*z.slot);
  REQUIRE(strand.size() == 2);
  strand.back()();
  CHECK(**z.slot == 2);
}

TEST_CASE("operation: completion on another thread", "[io]") {
  asio_io io;
  for (int i = 0; i < 2000; ++i) {
    auto x = io.wait_for(0s).wait();
    REQUIRE(x);
  }
}

TEST_CASE("operation: a stop that races with completion", "[io]") {
  asio_io io;
  auto completions = 0;
  for (int i = 0; i < 300; ++i) {
    std::stop_source stop;
    begun<void> x{
      io.wait_for(std::chrono::microseconds{i}).until(stop.get_token())};
    std::thread racer{[&] { stop.request_stop(); }};
    REQUIRE(x.wait());
    racer.join();
    completions += x.completions();
  }
  CHECK(completions == 300);
}

TEST_CASE("operation: waiting blocks until it is complete", "[io]") {
  asio_io io;
  auto begin = io.now();
  CHECK(io.wait_for(5ms).wait());
  CHECK(io.now() - begin >= 5'000'000);
}

TEST_CASE("operation: what is written inside a co_await expression", "[io]") {
  // Default arguments and lists in braces are what g++ 12 gets wrong.
  MORPH_EACH_IO(s, overlapping_subjects);
  auto work = [](io& x, std::filesystem::path p) -> io_operation<int> {
    std::string a = "a long text that does not fit into a string itself";
    auto f = co_await x.open(p, open_mode::write);
    co_await f->write(0, {a, "in between", a});
    co_await f->write(0, gathered{a, a}.repeat_last(3));
    auto door = co_await x.listen();
    auto again = co_await x.listen({"127.0.0.1", 0});
    auto c = co_await x.connect({"127.0.0.1", door->where().port});
    co_await c->write("text");
    co_await x.wait_for(std::chrono::nanoseconds{1});
    auto n = co_await f->size();
    co_return n ? 1 : 0;
  };
  CHECK(s.get(work(s.get(), s.file("a"))) == 1);
}
