// Bugs that were planted are found, and what they need is told.
#include "actors/sim/spread_net.hpp"
#include "support/sanitizers.hpp"

#include <morph/actors/sim/explore.hpp>

#include <caf/event_based_actor.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <stdexcept>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

void check_small(const std::optional<found_failure>& x, const sim_options& base,
                 const sim_program& program) {
  REQUIRE(x);
  INFO(to_string(*x));
  CHECK(x->seeds_tried <= 1000);
  CHECK(x->schedule.size() <= 20);
  CHECK(x->schedule.size() == x->choices.size());
  auto again = replay(base, x->choices, program);
  REQUIRE(again);
  CHECK(again->code == x->what.code);
}

// -- a lost wake-up -----------------------------------------------------------

struct put {};

struct look {};

struct doze {};

/// Looks, and goes to sleep if there is nothing. Who comes between the look
/// and the sleep finds nobody asleep, and wakes nobody.
struct sleeper {
  int waiting = 0;
  int taken = 0;
  bool asleep = false;
};

} // namespace

} // namespace morph::test

MORPH_LOCAL_MESSAGE(morph::test::put)
MORPH_LOCAL_MESSAGE(morph::test::look)
MORPH_LOCAL_MESSAGE(morph::test::doze)

namespace morph::test {

namespace {

void lose_a_wake_up(sim& world) {
  constexpr int all = 5;
  auto s = std::make_shared<sleeper>();
  auto consumer
    = world.actors()->spawn([s](caf::event_based_actor* self) -> caf::behavior {
        return {
          [s, self](look) {
            if (s->waiting > 0) {
              --s->waiting;
              ++s->taken;
              self->send(self, look{});
            } else {
              self->send(self, doze{});
            }
          },
          [s](doze) { s->asleep = true; },
        };
      });
  auto producer = world.actors()->spawn(
    [s, consumer](caf::event_based_actor* self) -> caf::behavior {
      return {[s, consumer, self](put) {
        ++s->waiting;
        if (std::exchange(s->asleep, false))
          self->send(consumer, look{});
      }};
    });
  compat::anon_send(consumer, look{});
  for (int i = 1; i <= all; ++i) {
    auto late = world.pick(10, "put " + std::to_string(i) + " comes later");
    world.at(world.now() + 10us * i + 1us * late,
             [producer] { compat::anon_send(producer, put{}); });
  }
  auto done = world.run_until([s] { return s->taken == all; });
  compat::stop(producer);
  compat::stop(consumer);
  if (!done)
    throw failure{error{errc::stalled, "a wake-up is lost"}};
}

// -- a double answer ----------------------------------------------------------------

struct pay {
  int order = 0;
};

struct paid {
  int order = 0;
};

struct impatience {
  int order = 0;
};

} // namespace

} // namespace morph::test

MORPH_LOCAL_MESSAGE(morph::test::pay)
MORPH_LOCAL_MESSAGE(morph::test::paid)
MORPH_LOCAL_MESSAGE(morph::test::impatience)

namespace morph::test {

namespace {

/// Asks again after a while, of somebody who does not know that he was asked
/// before.
void pay_twice(sim& world) {
  auto spent = std::make_shared<int>(0);
  auto bank = world.actors()->spawn(
    [spent, &world](caf::event_based_actor* self) -> caf::behavior {
      return {[spent, self, &world](const pay& x) {
        ++*spent;
        auto takes = 10ms + 10ms * world.pick(10, "the bank is slow");
        compat::delayed_send(self, compat::sender(self), takes, paid{x.order});
      }};
    });
  auto done = std::make_shared<int>(0);
  auto customer = world.actors()->spawn(
    [done, bank](caf::event_based_actor* self) -> caf::behavior {
      auto order = [self, bank](int i) {
        compat::send(self, bank, pay{i});
        compat::delayed_send(self, caf::actor{self}, 95ms, impatience{i});
      };
      order(1);
      return {
        [done, order](const paid& x) {
          if (x.order == *done + 1 && ++*done < 5)
            order(*done + 1);
        },
        [self, done, bank](const impatience& x) {
          if (*done < x.order)
            compat::send(self, bank, pay{x.order});
        },
      };
    });
  auto ended = world.run_until([done] { return *done == 5; });
  compat::stop(bank);
  compat::stop(customer);
  if (!ended || *spent != 5)
    throw std::runtime_error{"paid " + std::to_string(*spent) + " times"};
}

// -- an order that matters ------------------------------------------------------------

/// Nodes that write into one place behind the graph's back: what is there last
/// depends on who runs last.
struct scribbler : node<scribbler> {
  double factor = 1;

  static inline double place = 0;

  tensor forward(const tensor& x) const {
    place = factor * place + x.item();
    return x;
  }

  template <class F>
  friend bool inspect(F& f, scribbler& x) {
    return f.object(x).fields(f.field("factor", x.factor));
  }
};

void scribble(sim& world) {
  scribbler::place = 0;
  graph g;
  auto x = g.input("x", f64);
  scribbler two, three;
  two.factor = 2;
  three.factor = 3;
  auto a = g.add(two, x).pin("a1");
  auto b = g.add(three, x).pin("a2");
  session s{world, g};
  s.run({{x, 1.0}}, a + b);
  // 1 and then 3 + 1; the other way round it is 2 + 1.
  if (scribbler::place != 4)
    throw std::runtime_error{"the other order: "
                             + std::to_string(scribbler::place)};
}

} // namespace

TEST_CASE("a lost wake-up is found and made small", "[sim]") {
  sim_options base{.hosts = 0};
  check_small(explore(base, 1000, lose_a_wake_up), base, lose_a_wake_up);
}

TEST_CASE("a double answer is found and made small", "[sim]") {
  sim_options base{.hosts = 0};
  check_small(explore(base, 1000, pay_twice), base, pay_twice);
}

TEST_CASE("an order that matters is found and made small", "[sim]") {
  register_node<scribbler>(); // before hosts tell what they know
  sim_options base{.hosts = 2, .line = {.jitter = 1ms}};
  check_small(explore(base, 1000, scribble), base, scribble);
}

TEST_CASE("where there is no bug none is found", "[sim]") {
  auto trained = train_inline(sgd{.rate = 0.1}, 2);
  auto x = explore(
    {.hosts = 2, .line = {.jitter = 1ms}}, seeds(30), [&](sim& world) {
      if (!same(train_spread(world, 2, sgd{.rate = 0.1}, 2), trained))
        throw std::runtime_error{"other bits"};
    });
  CHECK(!x);
}

} // namespace morph::test
