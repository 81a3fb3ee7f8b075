// An actor that runs already stands in a graph, with a gradient.
//
//   amount ── exchange (a CAF actor) ── mul ── total
//                              count ────┘

#include <morph/actors/config.hpp>
#include <morph/actors/node_from_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <caf/all.hpp>

#include <iostream>

using morph::tensor;

// [actor]
caf::behavior exchange(caf::event_based_actor*, double rate) {
  return {
    [=](caf::get_atom) { return std::to_string(rate); }, // as before
    [=](const morph::node_fire& m) {
      auto amount = tensor::from(m.inputs[0]).item();
      return morph::node_values{{tensor{amount * rate}}};
    },
    [=](const morph::node_pullback& m) {
      auto dy = tensor::from(m.cotangents[0]).item();
      return morph::node_values{{tensor{dy * rate}}};
    },
  };
}

// [/actor]

void caf_main(caf::actor_system& sys, const morph::config&) {
  // [graph]
  auto office = sys.spawn(exchange, 1.25);

  morph::graph g;
  auto amount = g.input("amount", morph::f64);
  auto count = g.input("count", morph::f64);
  auto foreign = morph::add_actor(g, office, {amount}, {{morph::f64, {}}},
                                  {.differentiable = true});
  auto total = foreign * count;

  morph::thread_runtime threads{sys};
  morph::session s{threads, g, gradients_of(total, {amount})};
  auto out = s.step({{amount, 8.0}, {count, 3.0}}).get();
  // [/graph]
  std::cout << out.loss() << ' ' << out.gradient(amount).item() << '\n';
  caf::anon_send_exit(office, caf::exit_reason::user_shutdown);
}

CAF_MAIN()

// $ 04_actor_as_node
// 30 3.75
