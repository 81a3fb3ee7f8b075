// Builds a graph; exits with 0 if its shapes are right.

#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>

int main() {
  morph::graph g;
  auto a = g.input("a", morph::f32, {2, 3});
  auto b = g.input("b", morph::f32, {3, 4});
  auto c = matmul(a, b);
  return c.type() == morph::port_type{morph::f32, {2, 4}} ? 0 : 1;
}
