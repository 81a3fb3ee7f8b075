#include <morph/autodiff/copy_part.hpp>
#include <morph/graph/build.hpp>

#include <algorithm>

namespace morph {

namespace {

// Ids of the nodes that `x` needs, in ascending order.
std::vector<node_id> part_of(const expr& x) {
  std::vector<bool> needed(x.ref().node + 1);
  needed[x.ref().node] = true;
  std::vector<node_id> out;
  for (auto id = x.ref().node + 1; id-- > 0;)
    if (needed[id]) {
      out.push_back(id);
      for (auto& in : x.data()->nodes[id].inputs)
        needed[in.node] = true;
    }
  std::reverse(out.begin(), out.end());
  return out;
}

tensor widened(const tensor& x) {
  if (x.type() != f32)
    return x;
  auto out = tensor::uninitialised(f64, x.shape());
  std::copy_n(x.data<float>(), x.elements(), out.mutable_data<double>());
  return out;
}

attributes widened(const attributes& xs) {
  auto out = xs;
  for (auto& [name, x] : xs.entries()) {
    if (auto* t = std::get_if<dtype>(&x); t && *t == f32)
      out.set(name, f64);
    else if (auto* y = std::get_if<tensor>(&x))
      out.set(name, widened(*y));
  }
  return out;
}

port_type widened(const port_type& x) {
  return x.is_tensor() && x.type() == f32 ? port_type{f64, x.shape()} : x;
}

} // namespace

expr graph_copy::at(const expr& old) const {
  return target.at({nodes.at(old.ref().node), old.ref().port});
}

bool needs_user_node(const expr& x) {
  auto ids = part_of(x);
  return std::any_of(ids.begin(), ids.end(), [&](node_id id) {
    return x.data()->nodes[id].user != nullptr;
  });
}

graph_copy copy_part(const expr& x, bool widen) {
  graph_copy out;
  auto& source = *x.data();
  for (auto id : part_of(x)) {
    auto n = source.nodes[id];
    for (auto& in : n.inputs)
      in.node = out.nodes.at(in.node);
    if (widen) {
      n.attrs = widened(n.attrs);
      for (auto& t : n.outputs)
        t = widened(t);
    }
    out.nodes[id] = out.target.append(std::move(n)).ref().node;
  }
  return out;
}

} // namespace morph
