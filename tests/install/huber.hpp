// A node type of a program outside the tree, for the program and for hosts.
#pragma once

#include <morph/graph/user_node.hpp>

#include <algorithm>
#include <cmath>

struct huber : morph::node<huber> {
  double delta = 1;

  morph::tensor forward(const morph::tensor& r) const {
    auto y = morph::tensor::zeros(morph::f64, r.shape());
    for (int64_t i = 0; i < r.elements(); ++i) {
      auto x = std::abs(r.data<double>()[i]);
      y.mutable_data<double>()[i]
        = x < delta ? x * x / 2 : delta * (x - delta / 2);
    }
    return y;
  }

  morph::tensor backward(const morph::tensor& r,
                         const morph::tensor& dy) const {
    auto dr = morph::tensor::zeros(morph::f64, r.shape());
    for (int64_t i = 0; i < r.elements(); ++i)
      dr.mutable_data<double>()[i]
        = dy.data<double>()[i] * std::clamp(r.data<double>()[i], -delta, delta);
    return dr;
  }

  template <class F>
  friend bool inspect(F& f, huber& x) {
    return f.object(x).fields(f.field("delta", x.delta));
  }
};
