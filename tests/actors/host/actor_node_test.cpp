#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/node_from_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>
#include <morph/transport/compat/messaging.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>

#include <catch2/catch.hpp>

using namespace morph;

namespace {

const port_type scalar{f64, {}};

tensor number(const value& x) {
  return tensor::from(x);
}

/// y = x * x, as an actor that knows nothing of graphs but two messages.
caf::behavior squarer(caf::event_based_actor*) {
  return {
    [](const node_fire& m) {
      auto x = number(m.inputs[0]).item();
      return node_values{{tensor::scalar(x * x)}};
    },
    [](const node_pullback& m) {
      auto x = number(m.inputs[0]).item();
      auto dy = number(m.cotangents[0]).item();
      return node_values{{tensor::scalar(2 * x * dy)}};
    },
  };
}

/// Sum and difference; only the gradient of one may come back.
caf::behavior butterfly(caf::event_based_actor*) {
  return {
    [](const node_fire& m) {
      auto a = number(m.inputs[0]).item(), b = number(m.inputs[1]).item();
      return node_values{{tensor::scalar(a + b), tensor::scalar(a - b)}};
    },
    [](const node_pullback& m) {
      auto of = [&](size_t i) {
        return m.cotangents[i] ? number(m.cotangents[i]).item() : 0;
      };
      return node_values{
        {tensor::scalar(of(0) + of(1)), tensor::scalar(of(0) - of(1))}};
    },
  };
}

/// Answers a step only when the next one has been asked for: a chain of steps
/// goes through if they overlap, and never if they wait for one another.
caf::behavior late(caf::event_based_actor* self) {
  auto waiting = std::make_shared<caf::response_promise>();
  return {
    [=](const node_fire& m) -> caf::result<node_values> {
      auto promise = self->make_response_promise<node_values>();
      if (waiting->pending())
        waiting->deliver(node_values{{tensor::scalar(1.0)}});
      if (m.step % 2 == 0)
        promise.deliver(node_values{{tensor::scalar(2.0)}});
      else
        *waiting = promise;
      return promise;
    },
  };
}

/// Fails as the input says.
caf::behavior capricious(caf::event_based_actor* self) {
  return {
    [=](const node_fire& m) -> caf::result<node_values> {
      switch (static_cast<int>(number(m.inputs[0]).item())) {
        case 1:
          return caf::make_error(caf::sec::runtime_error, "out of paper");
        case 2:
          return node_values{{}};
        case 3:
          return node_values{{tensor::scalar(int64_t{3})}};
        case 4:
          return self->make_response_promise<node_values>();
        case 5:
          return node_values{{value{}}};
        default:
          return node_values{{m.inputs[0]}};
      }
    },
    [](const node_pullback&) { return node_values{{tensor::scalar(1.0f)}}; },
  };
}

template <class F>
error error_of_step(F f) {
  try {
    f();
  } catch (const failure& x) {
    return x.value();
  }
  return {};
}

} // namespace

TEST_CASE("an existing actor computes a node, forward and backward") {
  thread_runtime threads{2};
  auto whom = threads.system().spawn(squarer);
  graph g;
  auto x = g.input("x", f64);
  auto y = add_actor(g, whom, {x * 3.0}, {scalar}, {.differentiable = true});
  session s{threads, g, gradients_of(y + y, {x})};
  auto out = s.step({{x, 2.0}}).get();
  CHECK(out.loss() == 72);
  CHECK(out.gradient(x).item() == 72);
}

TEST_CASE("an output of an actor node without a gradient holds up nothing") {
  thread_runtime threads{1};
  auto whom = threads.system().spawn(butterfly);
  graph g;
  auto a = g.input("a", f64);
  auto b = g.input("b", f64);
  auto sum
    = add_actor(g, whom, {a, b}, {scalar, scalar}, {.differentiable = true});
  auto loss = square(sum.output(1));
  session s{threads, g, gradients_of(loss, {a, b})};
  s.also({stop_gradient(sum)});
  auto out = s.step({{a, 5.0}, {b, 3.0}}).get();
  CHECK(out.loss() == 4);
  CHECK(out.gradient(a).item() == 4);
  CHECK(out.gradient(b).item() == -4);
}

TEST_CASE("without a backward function an actor node stops gradients") {
  thread_runtime threads{1};
  auto whom = threads.system().spawn(squarer);
  graph g;
  auto x = g.input("x", f64);
  auto y = add_actor(g, whom, {x}, {scalar}) * x;
  session s{threads, g, gradients_of(y, {x})};
  auto out = s.step({{x, 3.0}}).get();
  CHECK(out.loss() == 27);
  CHECK(out.gradient(x).item() == 9);
}

TEST_CASE("an actor node takes part in training") {
  thread_runtime threads{2};
  auto whom = threads.system().spawn(squarer);
  graph g;
  auto w = g.parameter("w", tensor::scalar(3.0));
  auto y = add_actor(g, whom, {w - 1.0}, {scalar}, {.differentiable = true});
  session s{threads, g, minimise(y, sgd{.rate = 0.25})};
  for (int i = 0; i < 30; ++i)
    s.step({});
  s.finish();
  CHECK(s.parameters().at("w").item() == Approx(1.0));
}

TEST_CASE("requests of several steps overlap") {
  thread_runtime threads{2};
  auto whom = threads.system().spawn(late);
  graph g;
  auto x = g.input("x", f64);
  auto y = add_actor(g, whom, {x}, {scalar});
  session s{threads, g};
  s.also({y});
  std::vector<step_handle> steps;
  for (int i = 0; i < 8; ++i)
    steps.push_back(s.submit({{x, 1.0}}, false));
  for (auto& step : steps)
    CHECK(step.get().at(y).item() > 0);
}

TEST_CASE("what an actor answers amiss fails its step and no other") {
  using namespace std::chrono_literals;
  thread_runtime threads{1};
  auto whom = threads.system().spawn(capricious);
  graph g;
  auto x = g.input("x", f64);
  auto y = add_actor(g, whom, {x}, {scalar},
                     {.differentiable = true, .timeout = 50ms})
             .named("fussy");
  session s{threads, g};

  struct row {
    double x;
    errc code;
    std::string text;
  };

  for (auto& r :
       std::vector<row>{{1, errc::node_failed, "out of paper"},
                        {2, errc::wrong_arity, "0 values for 1 outputs"},
                        {3, errc::type_mismatch, "i64[], declared as f64[]"},
                        {4, errc::timed_out, "node_fire"},
                        {5, errc::type_mismatch, "none, declared as f64[]"}}) {
    auto e = error_of_step([&] { s.run({{x, r.x}}, y); });
    INFO(to_string(e));
    CHECK(e.code == r.code);
    CHECK(e.node == "fussy");
    CHECK(to_string(e.where).starts_with("actor_node_test.cpp:"));
    CHECK(e.message.find(r.text) != std::string::npos);
    CHECK(s.run({{x, 7.0}}, y).item() == 7);
  }
  graph h;
  auto w = h.input("w", f64);
  auto z = add_actor(h, whom, {w}, {scalar}, {.differentiable = true});
  session t{threads, h, gradients_of(z, {w})};
  auto e = error_of_step([&] { t.step({{w, 8.0}}).get(); });
  CHECK(e.code == errc::bad_derivative_rule);
}

TEST_CASE("an actor that has ended fails steps and leaves the session alive") {
  thread_runtime threads{1};
  auto whom = threads.system().spawn(squarer);
  graph g;
  auto x = g.input("x", f64);
  auto y = add_actor(g, whom, {x}, {scalar});
  auto z = x + 1.0;
  session s{threads, g};
  CHECK(s.run({{x, 2.0}}, y).item() == 4);
  compat::stop(whom);
  auto e = error_of_step([&] { s.run({{x, 2.0}}, y); });
  CHECK(e.code == errc::node_failed);
  session other{threads, g};
  CHECK(other.run({{x, 2.0}}, z).item() == 3);
}

TEST_CASE("an actor node names what it cannot do") {
  thread_runtime threads{1};
  auto whom = threads.system().spawn(squarer);
  graph g;
  auto x = g.input("x", f64);
  CHECK(error_of_step([&] { add_actor(g, {}, {x}, {scalar}); }).code
        == errc::invalid_attribute);
  CHECK(error_of_step([&] { add_actor(g, whom, {x}, {}); }).code
        == errc::wrong_arity);
  auto y = add_actor(g, whom, {x}, {scalar});
  session here{g};
  auto e = error_of_step([&] { here.run({{x, 2.0}}, y); });
  CHECK(e.code == errc::infeasible_plan);
  CHECK(to_string(e).find("threads or cluster") != std::string::npos);
}

TEST_CASE("proxies end with their session, the actors behind them do not") {
  thread_runtime threads{1};
  auto whom = threads.system().spawn(squarer);
  graph g;
  auto x = g.input("x", f64);
  auto y = add_actor(g, whom, {x}, {scalar});
  {
    session s{threads, g};
    CHECK(s.run({{x, 3.0}}, y).item() == 9);
  }
  {
    session s{threads, g};
    CHECK(s.run({{x, 4.0}}, y).item() == 16);
  }
  compat::stop(whom);
  threads.system().await_all_actors_done();
  CHECK(live_node_actors() == 0);
}

TEST_CASE("messages to actor nodes cross as bytes, none and floats included") {
  auto nan = std::bit_cast<double>(0x7ff800000000beefull);
  node_pullback x{7,
                  {tensor::of<double>({3}, {nan, -0.0, 5e-324}),
                   make_value<std::string>("text")},
                  {value{}}};
  byte_writer f;
  REQUIRE(inspect(f, x));
  byte_reader in{f.bytes()};
  node_pullback y;
  REQUIRE(inspect(in, y));
  CHECK(in.remaining() == 0);
  CHECK(y.step == 7);
  REQUIRE(y.inputs.size() == 2);
  CHECK(number(y.inputs[0]).bit_equal(number(x.inputs[0])));
  CHECK(y.inputs[1].get<std::string>() == "text");
  REQUIRE(y.cotangents.size() == 1);
  CHECK(!y.cotangents[0]);
  for (size_t n = 0; n < f.bytes().size(); ++n) {
    byte_reader cut{std::span{f.bytes()}.first(n)};
    CHECK_FALSE((inspect(cut, y) && cut.remaining() == 0));
  }
}
