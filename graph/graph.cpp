#include <morph/graph/graph.hpp>

#include <algorithm>
#include <mutex>
#include <set>

namespace morph {

namespace {

graph_node make_node(const op& kind, std::string_view name,
                     std::source_location at) {
  graph_node out;
  out.kind = &kind;
  out.name = name;
  out.file = at.file_name();
  out.line = at.line();
  return out;
}

void claim_name(graph_data& g, const graph_node& x) {
  if (x.name.empty())
    return;
  auto [i, added] = g.names.try_emplace(x.name, x.id);
  if (!added) {
    error e{errc::duplicate_name, "the name is taken by a node defined at "
                                    + to_string(g.nodes[i->second].where())};
    throw failure{std::move(e.at(x.name, x.where()))};
  }
}

expr append_node(graph_data& g, graph_node x) {
  x.id = static_cast<node_id>(g.nodes.size());
  for (auto& in : x.inputs)
    if (in.node >= x.id || in.port >= g.nodes[in.node].outputs.size()) {
      error e{errc::cycle, "input " + std::to_string(in.node)
                             + " is not an earlier node with such a port"};
      throw failure{std::move(e.at(display_name(x), x.where()))};
    }
  claim_name(g, x);
  g.nodes.push_back(std::move(x));
  return {&g, {static_cast<node_id>(g.nodes.size() - 1), 0}};
}

std::string describe_inputs(std::span<const expr> inputs) {
  std::string out;
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto& n = inputs[i].node();
    out += "\n       input " + std::to_string(i) + ": "
           + to_string(inputs[i].type()) + "  from '" + display_name(n) + "'";
    if (auto p = to_string(n.where()); !p.empty())
      out += " (" + p + ")";
  }
  return out;
}

[[noreturn]] void reject(error e, std::string_view what,
                         std::span<const expr> inputs, graph_node& x) {
  e.message = std::string{what} + ": " + e.message + describe_inputs(inputs);
  throw failure{std::move(e.at(display_name(x), x.where()))};
}

void check_inputs(graph_data& g, std::span<const expr> inputs, graph_node& x) {
  for (auto& in : inputs) {
    if (!in || in.data() != &g) {
      error e{errc::foreign_expression,
              "an input belongs to another graph, or to none"};
      throw failure{std::move(e.at(display_name(x), x.where()))};
    }
    x.inputs.push_back(in.ref());
  }
}

} // namespace

std::string display_name(const graph_node& x) {
  if (!x.name.empty())
    return x.name;
  return std::string{x.kind->name} + "_" + std::to_string(x.id);
}

graph_node& expr::mutable_node() const {
  return data_->nodes[ref_.node];
}

const expr& expr::named(std::string_view name) const {
  auto& n = mutable_node();
  if (n.name == name)
    return *this;
  auto renamed = n;
  renamed.name = name;
  claim_name(*data_, renamed);
  data_->names.erase(n.name);
  n.name = name;
  return *this;
}

const expr& expr::pin(std::string_view host) const {
  mutable_node().hint.pin = host;
  return *this;
}

const expr& expr::keep_local() const {
  mutable_node().hint.keep_local = true;
  return *this;
}

const expr& expr::cache(cache_hint x) const {
  mutable_node().hint.cache = x;
  return *this;
}

expr expr::output(uint16_t port) const {
  if (port >= node().outputs.size()) {
    error e{errc::wrong_arity,
            "the node has " + std::to_string(node().outputs.size())
              + " outputs; there is no output " + std::to_string(port)};
    throw failure{std::move(e.at(display_name(node()), node().where()))};
  }
  return {data_, {ref_.node, port}};
}

graph::graph() : data_(std::make_shared<graph_data>()) {
  // nop
}

expr graph::input(std::string_view name, dtype t, const shape& s,
                  std::source_location at) {
  return add_input(name, port_type{t, s}, at);
}

expr graph::add_input(std::string_view name, port_type type,
                      std::source_location at) {
  auto n = make_node(builtin::input, name, at);
  n.outputs.push_back(std::move(type));
  return append_node(*data_, std::move(n));
}

expr graph::parameter(std::string_view name, tensor init,
                      std::source_location at) {
  auto n = make_node(builtin::parameter, name, at);
  n.outputs.emplace_back(init.type(), init.shape());
  n.attrs.set("init", std::move(init));
  return append_node(*data_, std::move(n));
}

expr graph::constant(tensor x, std::source_location at) {
  auto n = make_node(builtin::constant, "", at);
  n.outputs.emplace_back(x.type(), x.shape());
  n.attrs.set("value", std::move(x));
  return append_node(*data_, std::move(n));
}

expr graph::step_number(std::source_location at) {
  if (auto x = try_find("step"))
    return *x;
  return input("step", i64, {}, at);
}

expr graph::add_user(std::shared_ptr<const user_node> x,
                     std::vector<expr> inputs, std::source_location at) {
  auto n = make_node(builtin::user, "", at);
  check_inputs(*data_, inputs, n);
  if (x->num_inputs() != inputs.size())
    reject(error{errc::wrong_arity,
                 "the node takes " + std::to_string(x->num_inputs())
                   + " inputs, not " + std::to_string(inputs.size())},
           "user node", inputs, n);
  std::vector<port_type> types;
  for (auto& in : inputs)
    types.push_back(in.type());
  auto out = x->infer(types);
  if (!out)
    reject(std::move(out.error()), "user node", inputs, n);
  n.outputs = std::move(*out);
  n.user = std::move(x);
  return append_node(*data_, std::move(n));
}

expr graph::apply(std::string_view op_name, std::span<const expr> inputs,
                  attributes attrs, std::source_location at) {
  return apply_op(*data_, op_name, inputs, std::move(attrs), at);
}

expr apply_op(graph_data& g, std::string_view op_name,
              std::span<const expr> inputs, attributes attrs,
              std::source_location at) {
  auto* kind = find_op(op_name);
  if (!kind || !kind->infer) {
    std::vector<std::string> names;
    for (auto* row : op_table())
      names.emplace_back(row->name);
    error e{errc::unknown_op, "there is no op '" + std::string{op_name}
                                + "'; the nearest is '"
                                + nearest(op_name, names) + "'"};
    throw failure{std::move(e.at(op_name, place{at}))};
  }
  auto n = make_node(*kind, "", at);
  n.id = static_cast<node_id>(g.nodes.size());
  check_inputs(g, inputs, n);
  if (inputs.size() < kind->min_inputs
      || (kind->max_inputs != any_number && inputs.size() > kind->max_inputs))
    reject(error{errc::wrong_arity,
                 "takes " + std::to_string(kind->min_inputs)
                   + (kind->max_inputs == kind->min_inputs ? "" : " or more")
                   + " inputs, not " + std::to_string(inputs.size())},
           op_name, inputs, n);
  std::vector<port_type> types;
  for (auto& in : inputs) {
    types.push_back(in.type());
    if (!in.type().is_tensor())
      reject(error{errc::type_mismatch, "works on tensors only"}, op_name,
             inputs, n);
  }
  try {
    auto out = kind->infer(types, attrs);
    if (!out)
      reject(std::move(out.error()), op_name, inputs, n);
    n.outputs = std::move(*out);
  } catch (const failure& x) {
    // A shape rule that misses an attribute throws a bare error.
    if (!x.value().node.empty())
      throw;
    reject(x.value(), op_name, inputs, n);
  }
  n.attrs = std::move(attrs);
  return append_node(g, std::move(n));
}

expr graph::append(graph_node x) {
  return append_node(*data_, std::move(x));
}

void graph::output(std::string_view name, const expr& x) {
  check_owner(x);
  if (!data_->outputs.try_emplace(std::string{name}, x.ref()).second) {
    error e{errc::duplicate_name, "there is an output of this name already"};
    throw failure{std::move(e.at(name, x.node().where()))};
  }
}

std::optional<expr> graph::try_find(std::string_view name) const {
  if (auto i = data_->names.find(name); i != data_->names.end())
    return at({i->second, 0});
  if (auto i = data_->outputs.find(name); i != data_->outputs.end())
    return at(i->second);
  // Display names end in the node's id.
  auto cut = name.rfind('_');
  if (cut == std::string_view::npos || cut + 1 == name.size()
      || name.size() - cut > 10)
    return std::nullopt;
  uint64_t id = 0;
  for (auto c : name.substr(cut + 1)) {
    if (c < '0' || c > '9')
      return std::nullopt;
    id = id * 10 + static_cast<uint64_t>(c - '0');
  }
  if (id < size() && display_name(data_->nodes[id]) == name)
    return at({static_cast<node_id>(id), 0});
  return std::nullopt;
}

expr graph::find(std::string_view name) const {
  if (auto x = try_find(name))
    return *x;
  std::vector<std::string> names;
  for (auto& [key, id] : data_->names)
    names.push_back(key);
  for (auto& [key, ref] : data_->outputs)
    names.push_back(key);
  throw failure{error{errc::unknown_name,
                      "the graph has no node '" + std::string{name}
                        + "'; the nearest is '" + nearest(name, names) + "'"}};
}

void graph::check_owner(const expr& x) const {
  if (x.data() != data_.get())
    throw failure{error{errc::foreign_expression,
                        "the expression belongs to another graph"}};
}

const char* intern_file(std::string_view file) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> files;
  std::lock_guard guard{mutex};
  auto i = files.find(file);
  if (i == files.end())
    i = files.emplace(file).first;
  return i->c_str();
}

std::string nearest(std::string_view name,
                    const std::vector<std::string>& candidates) {
  std::string best;
  auto best_distance = static_cast<size_t>(-1);
  for (auto& x : candidates) {
    // Levenshtein distance, one row at a time.
    std::vector<size_t> row(x.size() + 1);
    for (size_t j = 0; j <= x.size(); ++j)
      row[j] = j;
    for (size_t i = 1; i <= name.size(); ++i) {
      auto diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= x.size(); ++j) {
        auto above = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1,
                           diagonal + (name[i - 1] == x[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = x;
    }
  }
  return best;
}

} // namespace morph
