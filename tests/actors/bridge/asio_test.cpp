// Steps on loops of Boost.Asio, and operations of Boost.Asio in coroutines.
#include "actors/io/subject.hpp"

#include <morph/actors/bridge/asio.hpp>
#include <morph/actors/bridge/step.hpp>
#include <morph/actors/io/asio_io.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <thread>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr auto patience = 20s;

errc code_of(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const failure& e) {
    return e.code();
  }
}

/// What a handler of `async_wait` got, and where.
struct arrival {
  bool come = false;
  std::exception_ptr problem;
  std::thread::id thread;

  auto handler() {
    return [this](std::exception_ptr e, step_values) {
      CHECK_FALSE(come);
      come = true;
      problem = e;
      thread = std::this_thread::get_id();
    };
  }
};

} // namespace

TEST_CASE("asio bridge: a handler runs on its loop", "[io]") {
  asio::io_context loop;
  step_handle h;
  arrival a;
  async_wait(h, asio::bind_executor(loop, a.handler()));
  std::thread other{[&] { h.fulfil(step_values{}); }};
  loop.run(); // has work as long as it waits
  other.join();
  CHECK(a.come);
  CHECK_FALSE(a.problem);
  CHECK(a.thread == std::this_thread::get_id());
}

TEST_CASE("asio bridge: a step that is done does not call at once", "[io]") {
  asio::io_context loop;
  step_handle h;
  h.fulfil(step_values{});
  arrival a;
  async_wait(h, asio::bind_executor(loop, a.handler()));
  CHECK_FALSE(a.come);
  loop.run();
  CHECK(a.come);
}

TEST_CASE("asio bridge: a failed step is an exception", "[io]") {
  asio::io_context loop;
  step_handle h;
  arrival a;
  async_wait(h, asio::bind_executor(loop, a.handler()));
  h.fulfil(fail(errc::node_failed, "no"));
  loop.run();
  REQUIRE(a.problem);
  CHECK(code_of(a.problem) == errc::node_failed);
}

TEST_CASE("asio bridge: a cancellation slot ends the wait, not the step",
          "[io]") {
  asio::io_context loop;
  asio::cancellation_signal signal;
  step_handle h;
  arrival a, b;
  async_wait(h, asio::bind_cancellation_slot(
                  signal.slot(), asio::bind_executor(loop, a.handler())));
  asio::post(loop, [&] { signal.emit(asio::cancellation_type::terminal); });
  loop.run();
  REQUIRE(a.problem);
  CHECK(code_of(a.problem) == errc::cancelled);
  h.fulfil(step_values{});
  async_wait(h, asio::bind_executor(loop, b.handler()));
  signal.emit(asio::cancellation_type::terminal);
  loop.restart();
  loop.run();
  CHECK_FALSE(b.problem);
}

TEST_CASE("asio bridge: cancelling races with the step", "[io]") {
  for (int i = 0; i < 300; ++i) {
    asio::io_context loop;
    asio::cancellation_signal signal;
    step_handle h;
    arrival a;
    async_wait(h, asio::bind_cancellation_slot(
                    signal.slot(), asio::bind_executor(loop, a.handler())));
    asio::post(loop, [&] { signal.emit(asio::cancellation_type::terminal); });
    std::thread other{[&] { h.fulfil(step_values{}); }};
    loop.run();
    other.join();
    loop.restart();
    loop.run();
    REQUIRE(a.come);
  }
}

TEST_CASE("asio bridge: futures, coroutines, operators", "[io]") {
  asio::io_context loop;
  step_handle ready, failed, never;
  ready.fulfil(step_values{});
  failed.fulfil(fail(errc::timed_out, "no"));
  auto future = async_wait(ready, asio::use_future);
  CHECK(future.wait_for(patience) == std::future_status::ready);
  CHECK_NOTHROW(future.get());
  CHECK_THROWS_AS(async_wait(failed, asio::use_future).get(), failure);
  auto seen = 0;
  asio::co_spawn(
    loop,
    [&]() -> asio::awaitable<void> {
      using namespace asio::experimental::awaitable_operators;
      co_await async_wait(ready, asio::use_awaitable);
      ++seen;
      auto [e, x]
        = co_await async_wait(failed, asio::as_tuple(asio::use_awaitable));
      CHECK(code_of(e) == errc::timed_out);
      ++seen;
      // A race that the timer wins: the wait is cancelled by its slot.
      asio::steady_timer timer{loop, 2ms};
      auto first = co_await (async_wait(never, asio::use_awaitable)
                             || timer.async_wait(asio::use_awaitable));
      CHECK(first.index() == 1);
      ++seen;
    },
    [](std::exception_ptr e) { CHECK_FALSE(e); });
  loop.run();
  CHECK(seen == 3);
}

TEST_CASE("asio bridge: a graph is driven from a loop", "[io]") {
  graph g;
  auto x = g.input("x", f64);
  auto y = x * x;
  thread_runtime rt{1};
  session s{rt, g};
  s.also({y});
  asio::io_context loop;
  double sum = 0;
  for (int i = 1; i <= 10; ++i)
    asio::co_spawn(
      loop,
      [&, i]() -> asio::awaitable<void> {
        feeds in{{x, double(i)}};
        auto h = s.post(in, false);
        auto out = co_await async_wait(h, asio::use_awaitable);
        CHECK(loop.get_executor().running_in_this_thread());
        sum += out.at(y).item();
      },
      [](std::exception_ptr e) { CHECK_FALSE(e); });
  loop.run();
  CHECK(sum == 385);
}

TEST_CASE("bridge: continuations run where they are told", "[io]") {
  asio::io_context loop;
  step_handle h;
  std::thread::id at;
  then_on(h, posts_to(loop), [&](const result<step_values>& x) {
    CHECK(x);
    at = std::this_thread::get_id();
  });
  begun<step_values> x{outcome_of(h).on(posts_to(loop.get_executor()))};
  auto work = asio::make_work_guard(loop);
  std::thread other{[&] {
    h.fulfil(step_values{});
    work.reset();
  }};
  loop.run();
  other.join();
  CHECK(at == std::this_thread::get_id());
  CHECK(x.done());
}

TEST_CASE("bridge: a wait for a step is cancelled", "[io]") {
  step_handle h;
  std::stop_source stop;
  begun<step_values> x{outcome_of(h).until(stop.get_token())};
  begun<step_values> y{outcome_of(h)};
  CHECK_FALSE(x.done());
  stop.request_stop();
  CHECK(x.outcome().error().code == errc::cancelled);
  h.fulfil(step_values{});
  CHECK(y.outcome());
  CHECK(x.completions() == 1);
}

TEST_CASE("use_morph: a timer of Boost.Asio in a coroutine of ours", "[io]") {
  asio::io_context loop;
  asio::steady_timer timer{loop, 1ms};
  // [use_morph]
  auto wait = [](asio::steady_timer& t) -> io_operation<int> {
    auto ok = co_await t.async_wait(use_morph);
    if (!ok)
      co_return fail(ok.error());
    co_return 7;
  };
  // [/use_morph]
  begun<int> x{wait(timer)};
  CHECK_FALSE(x.done());
  loop.run();
  CHECK(*x.outcome() == 7);
}

TEST_CASE("use_morph: is lazy", "[io]") {
  asio::io_context loop;
  asio::steady_timer timer{loop, 1h};
  { auto op = timer.async_wait(use_morph); }
  loop.run(); // has nothing to do
  CHECK(timer.cancel() == 0);
}

TEST_CASE("use_morph: a stop token cancels", "[io]") {
  asio::io_context loop;
  asio::steady_timer timer{loop, 1h};
  std::stop_source stop;
  begun<void> x{timer.async_wait(use_morph).until(stop.get_token())};
  asio::post(loop, [&] { stop.request_stop(); });
  loop.run();
  CHECK(x.outcome().error().code == errc::cancelled);
  for (int i = 0; i < 200; ++i) {
    std::stop_source again;
    std::thread other{[&] { again.request_stop(); }};
    begun<void> y{timer.async_wait(use_morph).until(again.get_token())};
    loop.restart();
    loop.run();
    other.join();
    loop.restart();
    loop.run();
    REQUIRE(y.done());
    CHECK(y.outcome().error().code == errc::cancelled);
  }
}

TEST_CASE("use_morph: sockets, values, and what cannot be copied", "[io]") {
  asio::io_context loop;
  tcp::acceptor door{loop, {asio::ip::address_v4::loopback(), 0}};
  tcp::socket client{loop};
  auto talk = [&]() -> io_operation<std::string> {
    auto where = door.local_endpoint();
    auto connected = co_await client.async_connect(where, use_morph);
    CHECK(connected);
    // A socket cannot be copied: it comes in a shared_ptr.
    result<std::shared_ptr<tcp::socket>> server
      = co_await door.async_accept(use_morph);
    std::string out = "hello", in(5, '\0');
    auto n = co_await asio::async_write(client, asio::buffer(out), use_morph);
    CHECK(*n == 5);
    auto m = co_await asio::async_read(**server, asio::buffer(in), use_morph);
    CHECK(*m == 5);
    client.close();
    auto end = co_await (*server)->async_read_some(asio::buffer(in), use_morph);
    CHECK(end.error().code == errc::connection_lost);
    co_return in;
  };
  begun<std::string> x{talk()};
  loop.run();
  CHECK(*x.outcome() == "hello");
}

TEST_CASE("use_morph: a refused connection is an error value", "[io]") {
  asio::io_context loop;
  tcp::acceptor door{loop, {asio::ip::address_v4::loopback(), 0}};
  auto where = door.local_endpoint();
  door.close();
  tcp::socket client{loop};
  begun<void> x{client.async_connect(where, use_morph)};
  loop.run();
  CHECK(x.outcome().error().code == errc::host_unreachable);
}
