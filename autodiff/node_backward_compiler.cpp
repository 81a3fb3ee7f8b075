// Makes the rule of a node and keeps those in use in a table.
#include <morph/autodiff/node_backward.hpp>
#include <morph/autodiff/rule.hpp>
#include <morph/autodiff/user_backward.hpp>
#include <morph/graph/graph.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace morph {

namespace {

// Whoever can run a graph can run the nodes that a derivative adds to it.
[[maybe_unused]] const bool registered = [] {
  register_derivative_nodes();
  return true;
}();

using exprs = std::vector<expr>;

// Inputs from this one on count by their shape alone.
size_t first_shape_input(std::string_view op) {
  static const std::unordered_map<std::string_view, size_t> table{
    {"sum_to_like", 1},        {"broadcast_like", 1},  {"expand_like", 1},
    {"reshape_like", 1},       {"full_like", 0},       {"reduced_count", 0},
    {"pad_like", 1},           {"concat_part", 1},     {"conv2d_input_grad", 2},
    {"conv2d_weight_grad", 2}, {"avg_pool2d_grad", 1},
  };
  auto i = table.find(op);
  return i == table.end() ? any_number : i->second;
}

} // namespace

class node_rule_compiler {
public:
  node_rule_compiler(const graph_node& node, std::span<const port_type> inputs,
                     const std::vector<bool>& wants)
    : node_(node), wants_(wants) {
    for (auto& t : inputs)
      in_.push_back(placeholder(t));
    for (auto& t : node.outputs) {
      out_.push_back(placeholder(t));
      cotangents_.push_back(placeholder(t));
    }
  }

  result<std::shared_ptr<const node_rule>> compile() {
    rule_.inputs_.assign(in_.size(), rule_use::nothing);
    rule_.outputs_.assign(out_.size(), rule_use::nothing);
    auto& kind = *node_.kind;
    if (kind.run && !find_rule(kind.name))
      return fail(errc::not_differentiable, "there is no derivative rule for '"
                                              + std::string{kind.name} + "'");
    if (std::find(wants_.begin(), wants_.end(), true) != wants_.end()
        && is_differentiable(node_)) {
      auto ok = build();
      if (!ok)
        return fail(std::move(ok.error()));
    }
    return std::make_shared<const node_rule>(std::move(rule_));
  }

private:
  expr placeholder(const port_type& type) {
    graph_node n;
    n.kind = &builtin::input;
    n.outputs = {type};
    return graph_.append(std::move(n));
  }

  result<void> build() {
    exprs gradients;
    try {
      gradients
        = apply_vjp(*graph_.data(), node_, in_, out_, cotangents_, wants_);
    } catch (const failure& x) {
      return fail(x.value());
    }
    std::vector<port_ref> results;
    for (size_t i = 0; i < gradients.size(); ++i)
      if (gradients[i] && wants_[i]) {
        rule_.targets_.push_back(static_cast<uint32_t>(i));
        results.push_back(gradients[i].ref());
      }
    note_uses(results);
    return assemble(results);
  }

  // Raises the use of a forward value.
  void note(port_ref x, rule_use use) {
    auto raise = [&](const exprs& xs, std::vector<rule_use>& uses) {
      for (size_t i = 0; i < xs.size(); ++i)
        if (xs[i].ref() == x)
          uses[i] = std::max(uses[i], use);
    };
    raise(in_, rule_.inputs_);
    raise(out_, rule_.outputs_);
  }

  void note_uses(const std::vector<port_ref>& results) {
    std::vector<bool> needed(graph_.size());
    for (auto& x : results) {
      needed[x.node] = true;
      note(x, rule_use::elements);
    }
    for (auto id = static_cast<node_id>(graph_.size()); id-- > 0;) {
      if (!needed[id])
        continue;
      auto& n = graph_[id];
      auto shapes_from = first_shape_input(n.kind->name);
      for (size_t i = 0; i < n.inputs.size(); ++i) {
        needed[n.inputs[i].node] = true;
        note(n.inputs[i],
             i >= shapes_from ? rule_use::shape : rule_use::elements);
      }
    }
    // Zeros may have to stand for a cotangent that is none.
    if (out_.size() > 1)
      for (auto& use : rule_.outputs_)
        use = std::max(use, rule_use::shape);
  }

  result<void> assemble(const std::vector<port_ref>& results) {
    using from = node_rule::argument::kind;
    std::vector<port_ref> given;
    auto take = [&](const exprs& xs, from where, auto is_used) {
      for (uint32_t i = 0; i < xs.size(); ++i)
        if (is_used(i)) {
          rule_.arguments_.push_back({where, i});
          given.push_back(xs[i].ref());
        }
    };
    take(in_, from::input, [&](size_t i) { return rule_.reads_input(i); });
    take(out_, from::output, [&](size_t i) { return rule_.reads_output(i); });
    take(cotangents_, from::cotangent, [](size_t) { return true; });
    auto p = program::make(*graph_.data(), given, results);
    if (!p)
      return fail(std::move(p.error()));
    rule_.program_ = std::move(*p);
    return {};
  }

  const graph_node& node_;
  const std::vector<bool>& wants_;
  graph graph_;
  exprs in_;
  exprs out_;
  exprs cotangents_;
  node_rule rule_;
};

namespace {

// What a rule depends on.
struct rule_key {
  const op* kind;
  attributes attrs;
  std::vector<port_type> inputs;
  std::vector<port_type> outputs;
  std::vector<bool> wants;

  friend bool operator==(const rule_key&, const rule_key&) = default;
};

void mix(size_t& seed, size_t x) noexcept {
  seed ^= x + 0x9e3779b97f4a7c15 + (seed << 6) + (seed >> 2);
}

size_t hash(const rule_key& x) {
  size_t out = std::hash<const void*>{}(x.kind);
  for (auto& [name, attr] : x.attrs.entries()) {
    mix(out, std::hash<std::string>{}(name));
    if (auto* number = std::get_if<int64_t>(&attr))
      mix(out, static_cast<size_t>(*number));
    else if (auto* numbers = std::get_if<std::vector<int64_t>>(&attr))
      for (auto n : *numbers)
        mix(out, static_cast<size_t>(n));
  }
  for (auto* types : {&x.inputs, &x.outputs})
    for (auto& t : *types) {
      mix(out, t.is_tensor() ? static_cast<size_t>(t.type()) : 0);
      if (t.is_tensor())
        for (auto n : t.shape())
          mix(out, static_cast<size_t>(n));
    }
  mix(out, std::hash<std::vector<bool>>{}(x.wants));
  return out;
}

// Rules that somebody holds. Those that nobody does are swept out whenever the
// table has doubled.
class rule_table {
public:
  std::shared_ptr<const node_rule> find(const rule_key& key, size_t at) {
    std::lock_guard guard{mutex_};
    return find_locked(key, at);
  }

  // Returns what another thread may have added meanwhile.
  std::shared_ptr<const node_rule> add(rule_key key, size_t at,
                                       std::shared_ptr<const node_rule> rule) {
    std::lock_guard guard{mutex_};
    if (auto other = find_locked(key, at))
      return other;
    if (rows_.size() >= limit_) {
      std::erase_if(rows_, [](auto& x) { return x.second.rule.expired(); });
      limit_ = std::max<size_t>(64, rows_.size() * 2);
    }
    rows_.emplace(at, row{std::move(key), rule});
    return rule;
  }

private:
  struct row {
    rule_key key;
    std::weak_ptr<const node_rule> rule;
  };

  std::shared_ptr<const node_rule> find_locked(const rule_key& key, size_t at) {
    auto [first, last] = rows_.equal_range(at);
    for (auto i = first; i != last; ++i)
      if (i->second.key == key)
        if (auto rule = i->second.rule.lock())
          return rule;
    return nullptr;
  }

  std::mutex mutex_;
  std::unordered_multimap<size_t, row> rows_;
  size_t limit_ = 64;
};

rule_table& rules_in_use() {
  static rule_table instance;
  return instance;
}

} // namespace

result<std::shared_ptr<const node_rule>> make_node_rule(
  const graph_node& node, std::span<const port_type> inputs,
  std::span<const bool> wants) {
  rule_key key{
    node.kind, node.attrs, {inputs.begin(), inputs.end()}, node.outputs, {}};
  for (size_t i = 0; i < inputs.size(); ++i)
    key.wants.push_back(wants[i] && inputs[i].is_differentiable());
  auto at = hash(key);
  if (auto known = rules_in_use().find(key, at))
    return known;
  auto rule = node_rule_compiler{node, inputs, key.wants}.compile();
  if (!rule)
    return rule;
  return rules_in_use().add(std::move(key), at, std::move(*rule));
}

} // namespace morph
