// A loop of Boost.Asio waits for a step; exits with 0 if its result is right.

#include <morph/actors/bridge/asio.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

int main() {
  morph::graph g;
  auto x = g.input("x", morph::f64);
  auto y = x * x;
  morph::thread_runtime threads{1};
  morph::session s{threads, g};
  s.also({y});
  boost::asio::io_context loop;
  double out = 0;
  auto done = [&](std::exception_ptr problem, const morph::step_values& v) {
    if (!problem)
      out = v.at(y).item();
  };
  morph::feeds three{{x, 3.0}};
  morph::async_wait(s.post(three, false),
                    boost::asio::bind_executor(loop.get_executor(), done));
  loop.run();
  return out == 9.0 ? 0 : 1;
}
