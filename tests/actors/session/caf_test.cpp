#include <morph/actors/caf.hpp>
#include <morph/actors/config.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

// A service numbers its own types from CAF's first one.
struct order {
  int32_t pieces = 0;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, order& x) {
    return f(x.pieces);
  }
};

CAF_BEGIN_TYPE_ID_BLOCK(a_service, caf::first_custom_type_id)

CAF_ADD_TYPE_ID(a_service, (order))

CAF_END_TYPE_ID_BLOCK(a_service)

using namespace morph;

namespace {

struct answer {
  tensor y;
  tensor dx;
  std::string why;
};

answer ask(caf::actor_system& sys, const caf::actor& model,
           step_request request) {
  answer out;
  caf::scoped_actor self{sys};
  self->request(model, std::chrono::seconds{10}, std::move(request))
    .receive(
      [&](const step_reply& r) {
        out.y = tensor::from(r.results.at(0));
        if (!r.gradients.empty() && r.gradients[0])
          out.dx = tensor::from(r.gradients[0]);
      },
      [&](const caf::error& e) { out.why = sys.render(e); });
  return out;
}

/// Arguments of a program, as its main gets them.
std::unique_ptr<runtime> chosen(std::vector<std::string> args,
                                std::function<void(runtime&)> use = {}) {
  config cfg;
  REQUIRE_FALSE(cfg.parse(std::move(args)));
  caf::actor_system sys{cfg};
  auto out = cfg.runtime(sys);
  if (use)
    use(*out);
  return out;
}

errc code_of(std::vector<std::string> args) {
  try {
    chosen(std::move(args));
  } catch (const failure& x) {
    return x.code();
  }
  return errc::none;
}

} // namespace

TEST_CASE("a deployed graph answers requests of any CAF actor") {
  thread_runtime threads{2};
  graph g;
  auto x = g.input("x", f64);
  auto y = x * x;
  session s{threads, g, gradients_of(y, {x})};
  auto model = actor_of(s);
  auto& sys = threads.system();
  SECTION("with results and, if asked, gradients") {
    auto a = ask(sys, model, {{{"x", tensor{3.0}}}, true});
    CHECK(a.y.item() == 9);
    CHECK(a.dx.item() == 6);
    CHECK_FALSE(ask(sys, model, {{{"x", tensor{3.0}}}, false}).dx);
  }
  SECTION("with an error that says what to do, and then goes on") {
    CHECK(ask(sys, model, {{{"z", tensor{3.0}}}, false}).why.find("MM0109")
          != std::string::npos);
    auto why = ask(sys, model, {{}, false}).why;
    CHECK(why.find("MM0103 'x' (caf_test.cpp:") != std::string::npos);
    CHECK(why.find("fix:") != std::string::npos);
    CHECK(ask(sys, model, {{{"x", tensor{2.0}}}, false}).y.item() == 4);
  }
  SECTION("beside steps of the session itself") {
    auto h = s.step({{x, 5.0}});
    CHECK(ask(sys, model, {{{"x", tensor{2.0}}}, false}).y.item() == 4);
    CHECK(h.get().loss() == 25);
  }
}

TEST_CASE("a service with message types of its own has a graph inside") {
  config cfg;
  cfg.add_message_types<caf::id_block::a_service>();
  caf::actor_system sys{cfg};
  thread_runtime threads{sys};
  graph g;
  auto pieces = g.input("pieces", f64);
  auto price = pieces * 2.5;
  session s{threads, g};
  s.also({price});
  auto shop = sys.spawn(
    [](caf::event_based_actor* self, caf::actor model) -> caf::behavior {
      return {[=](const order& x) {
        auto promise = self->make_response_promise<int32_t>();
        step_request r{{{"pieces", tensor{double(x.pieces)}}}};
        self->request(model, std::chrono::seconds{10}, std::move(r))
          .then(
            [=](const step_reply& y) mutable {
              promise.deliver(
                static_cast<int32_t>(tensor::from(y.results[0]).item()));
            },
            [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
        return promise;
      }};
    },
    actor_of(s));
  caf::scoped_actor client{sys};
  int32_t paid = 0;
  client->request(shop, std::chrono::seconds{10}, order{4})
    .receive([&](int32_t x) { paid = x; }, [](const caf::error&) {});
  CHECK(paid == 10);
  client->send_exit(shop, caf::exit_reason::user_shutdown);
}

TEST_CASE("a session that runs inline has no actor") {
  graph g;
  auto x = g.input("x", f64);
  session s{g, gradients_of(x * x, {x})};
  try {
    actor_of(s);
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.code() == errc::infeasible_plan);
  }
}

TEST_CASE("options choose the runtime") {
  CHECK(chosen({})->name() == "inline");
  CHECK(chosen({"--runtime=inline"})->name() == "inline");
  chosen({"--runtime=threads"}, [](runtime& rt) {
    CHECK(rt.name() == "threads");
    graph g;
    auto x = g.input("x", f64);
    auto y = exp(x);
    session s{rt, g};
    CHECK(s.run({{x, 0.0}}, y).item() == 1);
  });
}

TEST_CASE("options that make no sense are refused with a code") {
  unsetenv("MORPH_KEY");
  CHECK(code_of({"--runtime=warp"}) == errc::invalid_attribute);
  CHECK(code_of({"--runtime=cluster"}) == errc::invalid_attribute);
  CHECK(code_of({"--runtime=threads", "--hosts=127.0.0.1:1"})
        == errc::invalid_attribute);
  CHECK(code_of({"--hosts=127.0.0.1:1"}) == errc::invalid_attribute);
  CHECK(code_of({"--hosts=127.0.0.1:one", "--key-file=/nowhere"})
        == errc::syntax_error);
  CHECK(code_of({"--hosts=127.0.0.1:1", "--key-file=/nowhere"})
        == errc::cannot_open);
}

TEST_CASE("hosts may be named by the file that morph up writes") {
  auto path = std::filesystem::temp_directory_path()
              / ("morph-hosts-" + std::to_string(getpid()) + ".json");
  auto option = "--hosts=" + path.string();
  auto code_with = [&](const std::string& text) {
    std::ofstream{path} << text;
    return code_of({option});
  };
  CHECK(code_with("") == errc::malformed_file);
  CHECK(code_with(R"({"hosts": 7, "key_file": "k"})") == errc::malformed_file);
  CHECK(code_with(R"({"hosts": [{"address": "x:y"}], "key_file": "k"})")
        == errc::syntax_error);
  // Well-formed: the next thing that is missing is the key.
  CHECK(code_with(R"({"hosts": [{"address": "127.0.0.1:1"}],
                      "key_file": "/nowhere"})")
        == errc::cannot_open);
  std::filesystem::remove(path);
}
