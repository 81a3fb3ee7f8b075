#include <morph/graph/build/apply.hpp>

#include <algorithm>

namespace morph::build {

expr apply(std::string_view op_name, std::initializer_list<operand> inputs,
           attributes attrs) {
  auto* like = std::find_if(inputs.begin(), inputs.end(),
                            [](auto& x) { return !x.is_number(); });
  if (like == inputs.end())
    like = inputs.begin();
  std::vector<expr> nodes;
  nodes.reserve(inputs.size());
  for (auto& x : inputs)
    nodes.push_back(x.in_graph_of(*like));
  return apply_op(*like->get().data(), op_name, nodes, std::move(attrs),
                  inputs.begin()->where());
}

} // namespace morph::build
