// Values and a derivative, on the caller's thread.
//
//   x ──┬── sin ──┐
//       └─────── mul ── y

// [hello]
#include <morph/morph.hpp>

#include <iostream>

int main() {
  morph::graph g;
  auto x = g.input("x", morph::f64);
  auto y = sin(x) * x;
  auto dy = morph::grad(y, x);

  morph::session s{g};
  auto [v, d] = s.run({{x, 2.0}}, y, dy);
  std::cout << v.item() << ' ' << d.item() << '\n';
}

// [/hello]

// $ 01_hello_graph
// 1.81859 0.0770038
