#include <morph/autodiff/reach.hpp>
#include <morph/autodiff/rule.hpp>

#include <algorithm>

namespace morph {

reach::reach(const graph_data& g, std::span<const expr> inputs,
             std::span<const expr> outputs)
  : graph_(g) {
  if (inputs.empty() || outputs.empty())
    return;
  first_ = inputs[0].ref().node;
  for (auto& x : inputs) {
    inputs_.insert(x.ref());
    first_ = std::min(first_, x.ref().node);
  }
  for (auto& x : outputs)
    end_ = std::max(end_, x.ref().node + 1);
  end_ = std::max(end_, first_);
  passing_.resize(size());
  needed_.resize(size());
  for (auto id = first_; id < end_; ++id) {
    auto& n = g.nodes[id];
    auto live = [this](port_ref x) { return is_live(x); };
    passing_[index(id)] = std::any_of(n.inputs.begin(), n.inputs.end(), live)
                          && is_differentiable(n);
  }
  for (auto& x : outputs)
    if (in_range(x.ref().node))
      needed_[index(x.ref().node)] = true;
  for (auto id = end_; id-- > first_;)
    if (needed_[index(id)])
      for (auto& in : g.nodes[id].inputs)
        if (in_range(in.node))
          needed_[index(in.node)] = true;
}

bool reach::is_live(port_ref x) const {
  if (!in_range(x.node))
    return false;
  return (passing_[index(x.node)] && graph_.type_of(x).is_differentiable())
         || inputs_.contains(x);
}

} // namespace morph
