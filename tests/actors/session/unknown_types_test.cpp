// Values that reach a process which cannot read them: the step fails, with
// the type, the node and what to do, and nothing else happens.
#include "actors/support/local_cluster.hpp"

#include <morph/morph.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace morph::test;

namespace {

/// Known where one is made, and nowhere else.
template <int Number>
struct secret {
  std::vector<double> content;

  template <class F>
  friend bool inspect(F& f, secret& x) {
    return f(x.content);
  }
};

/// Makes a secret, so that its process knows them from then on.
template <int Number>
struct conceal : node<conceal<Number>> {
  value forward(const tensor& x) const {
    auto n = static_cast<size_t>(x.item());
    return make_value<secret<Number>>(
      secret<Number>{std::vector<double>(n, 1)});
  }

  static port_type output_type(const port_type&) {
    return port_type::opaque(typeid(secret<Number>).name());
  }
};

/// Takes anything.
struct weigh : node<weigh> {
  tensor forward(const value& x) const {
    return tensor{static_cast<double>(x.bytes())};
  }

  static port_type output_type(const port_type&) {
    return {f64, {}};
  }
};

[[maybe_unused]] const bool known
  = (register_node<conceal<1>>(), register_node<conceal<2>>(),
     register_node<weigh>(), true);

constexpr auto patience = std::chrono::seconds{20};

/// The error of a step; none if it succeeds or never ends.
error error_of(const step_handle& x) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!x.ready())
    if (std::chrono::steady_clock::now() > deadline)
      return {};
  auto& y = x.wait();
  return y ? error{} : y.error();
}

void check_names(const error& x, const char* type, const char* node) {
  CHECK(x.code == errc::not_serialisable);
  CHECK_THAT(x.message, Catch::Contains(type));
  CHECK(x.node == node);
  CHECK(to_string(x).find("unknown_types_test.cpp:") != std::string::npos);
  CHECK_THAT(x.fix, Catch::Contains("register_node"));
}

} // namespace

TEST_CASE("a struct that a host does not know fails its step there") {
  local_cluster c{2};
  graph g;
  auto n = g.input("n", f64);
  auto heavy = g.add(weigh{}, g.add(conceal<1>{}, n).pin("a1")).pin("a2");
  heavy.named("heavy");
  session s{c.runtime(), g};
  s.also({heavy});
  for (auto elements : {1.0, 100'000.0, 1.0})
    check_names(error_of(s.submit({{n, elements}}, false)), "secret<1>",
                "heavy");
}

TEST_CASE("a struct that the driver does not know fails the step") {
  local_cluster c{1};
  graph g;
  auto n = g.input("n", f64);
  auto x = g.add(conceal<2>{}, n).pin("a1");
  auto heavy = g.add(weigh{}, x).pin("a1");
  SECTION("as a result") {
    session s{c.runtime(), g};
    s.also({x});
    auto e = error_of(s.submit({{n, 3.0}}, false));
    CHECK(e.code == errc::not_serialisable);
    CHECK_THAT(e.message, Catch::Contains("secret<2>"));
  }
  SECTION("and no step that keeps it on its host") {
    session s{c.runtime(), g};
    CHECK(s.run({{n, 3.0}}, heavy).item() > 0);
  }
}

TEST_CASE("a struct of the driver that hosts do not know fails its steps") {
  local_cluster c{1};
  graph g;
  auto x = g.add_input("x", port_type::opaque(value_type_of<secret<3>>().name));
  auto heavy = g.add(weigh{}, x).pin("a1");
  session s{c.runtime(), g};
  s.also({heavy});
  auto e = error_of(s.submit({{x, secret<3>{{1, 2}}}}, false));
  CHECK(e.code == errc::not_serialisable);
  CHECK_THAT(e.message, Catch::Contains("secret<3>"));
  CHECK_THAT(e.message, Catch::Contains("'a1'"));
}
