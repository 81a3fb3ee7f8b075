// A program of Boost.Asio drives a graph from its own loop: each line of a
// connection is answered when its step is done. No thread of ours runs their
// code, and none of theirs waits for ours.
//
//   client ── "3\n" ──> connection ── post{x} ──> session
//          <── "10\n" ──             <── async_wait ──

#include <morph/actors/bridge/asio.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;
using asio::use_awaitable, asio::awaitable, asio::ip::tcp;

int main() {
  asio::io_context loop; // theirs
  tcp::acceptor door{loop, {asio::ip::address_v4::loopback(), 0}};

  morph::graph g;
  auto x = g.input("x", morph::f64);
  auto y = x * x + 1.0;
  morph::thread_runtime threads{1};
  morph::session s{threads, g};
  s.also({y});

  auto serve = [&]() -> awaitable<void> {
    auto peer = co_await door.async_accept(use_awaitable);
    for (std::string line;;) {
      auto in = asio::dynamic_buffer(line);
      auto n = co_await asio::async_read_until(peer, in, '\n', use_awaitable);
      // [await]
      morph::feeds number{{x, std::stod(line)}};
      auto step = s.post(number, false); // never blocks the loop
      auto out = co_await morph::async_wait(step, use_awaitable);
      // [/await]
      auto answer = std::to_string(int(out.at(y).item())) + "\n";
      co_await asio::async_write(peer, asio::buffer(answer), use_awaitable);
      line.erase(0, n);
    }
  };
  auto ask = [&]() -> awaitable<void> {
    tcp::socket peer{loop};
    co_await peer.async_connect(door.local_endpoint(), use_awaitable);
    std::string numbers = "3\n5\n", answers(6, ' ');
    co_await asio::async_write(peer, asio::buffer(numbers), use_awaitable);
    co_await asio::async_read(peer, asio::buffer(answers), use_awaitable);
    std::cout << answers;
  };
  co_spawn(loop, serve, asio::detached); // ends when its client has gone
  co_spawn(loop, ask, asio::detached);
  loop.run();
}

// $ 10_asio
// 10
// 26
