// A service that runs already answers its own protocol with a graph inside.
//
//   client ── (get, size) ──> service ── step_request{x} ──> deployed graph
//          <──── price ─────          <──── step_reply ─────

#include <morph/actors/caf.hpp>
#include <morph/actors/config.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <caf/all.hpp>

#include <iostream>

// [service]
caf::behavior service(caf::event_based_actor* self, caf::actor model) {
  return {
    [=](caf::get_atom, int32_t size) {
      auto promise = self->make_response_promise<int32_t>();
      morph::step_request r{{{"x", morph::tensor{double(size)}}}};
      self->request(model, std::chrono::seconds{5}, std::move(r))
        .then(
          [=](const morph::step_reply& y) mutable {
            promise.deliver(int32_t(morph::tensor::from(y.results[0]).item()));
          },
          [=](caf::error& why) mutable { promise.deliver(std::move(why)); });
      return promise;
    },
  };
}

// [/service]

void caf_main(caf::actor_system& sys, const morph::config&) {
  // [deploy]
  morph::graph g;
  auto x = g.input("x", morph::f64);
  auto price = 1000.0 + 42.0 * x;

  morph::thread_runtime threads{sys}; // the service's own workers
  morph::session s{threads, g};
  s.also({price});
  auto estimates = sys.spawn(service, morph::actor_of(s));
  // [/deploy]

  caf::scoped_actor client{sys};
  client->request(estimates, std::chrono::seconds{10}, caf::get_atom_v, 30)
    .receive([](int32_t y) { std::cout << y << '\n'; },
             [&](caf::error& e) { std::cout << sys.render(e) << '\n'; });
  client->send_exit(estimates, caf::exit_reason::user_shutdown);
}

CAF_MAIN()

// $ 05_graph_in_service
// 2260
