// A node that decides as it runs: how deep do the brackets of a text nest, and
// what does a level count? What it did is differentiated.
//
//   text, level ── nesting ── sub ── square ── loss      depth ── sub

#include <morph/actors/task/task_node.hpp>
#include <morph/actors/task/tasks.hpp>
#include <morph/morph.hpp>

#include <iostream>

// [nesting]
using morph::expr, morph::traced;

const morph::block deeper{"deeper", [](expr x, expr by) { return x + by; }};
const morph::block larger{"larger",
                          [](expr x, expr y) { return maximum(x, y); }};

morph::task<traced> depth_of(morph::context& self, std::string text,
                             traced level) {
  morph::scope s{self};
  size_t open = 0, begin = 0;
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '(' && open++ == 0)
      begin = i + 1;
    else if (text[i] == ')' && --open == 0)
      s.branch(depth_of, text.substr(begin, i - begin), level);
  traced out = 0.0;
  std::vector<traced> inside = co_await s.all();
  for (auto& x : inside)
    out = larger(out, deeper(x, level));
  co_return out;
}

struct nesting : morph::task_node<nesting> {
  morph::task<traced> run(morph::context& self, std::string text,
                          traced level) const {
    return depth_of(self, text, level);
  }
};

// [/nesting]

int main() {
  morph::graph g;
  auto text = g.input<std::string>("text");
  auto depth = g.input("depth", morph::f64);
  auto level = g.parameter("level", morph::tensor{0.2});
  auto off = g.add(nesting{}, text, level) - depth;
  morph::session s{g, minimise(off * off, morph::sgd{.rate = 0.05})};
  for (int i = 0; i < 20; ++i)
    s.step({{text, std::string{"((a)(b(c)))(d)"}}, {depth, 3.0}}).get();
  std::cout << "a level counts " << s.parameters().at("level").item() << '\n';
}

// $ 11_nested
// a level counts 1
