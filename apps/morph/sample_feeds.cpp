#include <morph/apps/morph/sample_feeds.hpp>
#include <morph/graph/random.hpp>

namespace morph::cli {

namespace {

/// The session feeds this one by itself.
bool is_step_number(const graph_node& n) {
  return n.name == "step" && n.outputs[0] == port_type{i64, {}};
}

tensor sample(const port_type& t, int64_t extent, uint64_t stream) {
  shape s;
  for (auto n : t.shape())
    s.push_back(n == dyn ? extent : n);
  if (!is_floating(t.type()))
    return tensor::zeros(t.type(), s);
  return random_uniform(t.type(), s, 1, stream);
}

} // namespace

feeds sample_feeds(const graph& g, int64_t extent) {
  feeds out;
  for (auto& n : g.data()->nodes) {
    if (!n.is(builtin::input) || is_step_number(n))
      continue;
    if (!n.outputs[0].is_tensor()) {
      auto e
        = error{errc::type_mismatch, "inputs of type " + to_string(n.outputs[0])
                                       + " cannot be made up"};
      e.remedy("plan without measuring: --measure 0");
      throw failure{e.at(display_name(n), n.where())};
    }
    out.emplace_back(g.at({n.id, 0}), sample(n.outputs[0], extent, n.id));
  }
  return out;
}

} // namespace morph::cli
