// How the tests of derivatives run graphs: without actors, by a program.
#pragma once

#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>
#include <morph/graph/program.hpp>

#include <utility>
#include <vector>

namespace support {

using morph::expr;
using morph::tensor;
using morph::value;

using feeds = std::vector<std::pair<expr, value>>;

/// Computes `outputs`; parameters have their initial values.
inline std::vector<tensor> run(const std::vector<expr>& outputs,
                               const feeds& fed = {}) {
  std::vector<morph::port_ref> in;
  std::vector<morph::port_ref> out;
  std::vector<value> values;
  for (auto& [x, v] : fed) {
    in.push_back(x.ref());
    values.push_back(v);
  }
  auto& g = *outputs.at(0).data();
  for (auto& n : g.nodes)
    if (n.is(morph::builtin::parameter)) {
      in.push_back({n.id, 0});
      values.push_back(n.attrs.get<tensor>("init"));
    }
  for (auto& x : outputs)
    out.push_back(x.ref());
  auto p = morph::unwrap(morph::program::make(g, in, out));
  std::vector<tensor> result;
  for (auto& x : morph::unwrap(p.run(values)))
    result.push_back(tensor::from(x));
  return result;
}

inline tensor run(const expr& output, const feeds& fed = {}) {
  return run(std::vector<expr>{output}, fed)[0];
}

/// Elements of an f32 or f64 tensor.
inline std::vector<double> numbers(const tensor& x) {
  std::vector<double> out;
  for (int64_t i = 0; i < x.elements(); ++i)
    out.push_back(x.type() == morph::f64
                    ? x.data<double>()[i]
                    : static_cast<double>(x.data<float>()[i]));
  return out;
}

inline std::vector<double> numbers(const expr& x, const feeds& fed = {}) {
  return numbers(run(x, fed));
}

/// An f64 vector.
inline tensor vec(std::vector<double> xs) {
  return tensor::of<double>({static_cast<int64_t>(xs.size())}, xs);
}

} // namespace support
