#include <morph/actors/task/task_node_model.hpp>

#include <algorithm>

namespace morph::tasks {

std::vector<value> node_path::results() const {
  std::vector<value> out;
  for (auto& x : outputs)
    out.push_back(x.get());
  return out;
}

std::vector<value> node_path::pull(std::span<const value> cotangents) const {
  std::vector<traced> leaves;
  for (auto& x : inputs)
    if (x.from())
      leaves.push_back(x);
  auto found = pull_back(outputs, cotangents, leaves);
  std::vector<value> out(inputs.size());
  for (size_t i = 0, k = 0; i < inputs.size(); ++i)
    if (inputs[i].from())
      out[i] = std::move(found[k++]);
  return out;
}

error as_node_error(error e) {
  if (!e.node.empty())
    e.message = "in '" + e.node + "': " + e.message;
  e.node.clear();
  e.where = {};
  return e;
}

port_type first_tensor(std::span<const port_type> in) {
  auto i
    = std::find_if(in.begin(), in.end(), [](auto& x) { return x.is_tensor(); });
  return i == in.end() ? in.front() : *i;
}

std::vector<traced> as_leaves(std::span<const value> in,
                              std::span<const bool> traces) {
  std::vector<traced> out;
  for (size_t i = 0; i < in.size(); ++i)
    out.push_back(traces[i] && type_of(in[i]).is_differentiable()
                    ? traced::leaf(in[i])
                    : traced{in[i]});
  return out;
}

} // namespace morph::tasks
