#include <morph/graph/text/dot.hpp>

#include <string_view>
#include <vector>

namespace morph {

namespace {

/// In quotes; line ends become DOT's line breaks.
std::string dot_string(std::string_view x) {
  std::string out = "\"";
  for (auto c : x) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

std::string_view shape_of(const graph_node& n) {
  if (n.is(builtin::input))
    return "ellipse";
  if (n.is(builtin::parameter))
    return "cylinder";
  if (n.is(builtin::constant))
    return "note";
  return n.is(builtin::user) ? "component" : "box";
}

std::string label_of(const graph_node& n) {
  auto out = display_name(n);
  if (!n.name.empty())
    out += "\n" + std::string{n.kind->name};
  for (auto& t : n.outputs)
    out += "\n" + to_string(t);
  if (!n.hint.pin.empty())
    out += "\npinned to " + n.hint.pin;
  return out;
}

class dot_writer {
public:
  dot_writer(const graph& g, const std::map<node_id, std::string>& hosts)
    : graph_(g), hosts_(hosts) {
    // nop
  }

  std::string run() {
    out_ = "digraph {\n  rankdir=TB;\n  node [fontname=monospace];\n";
    write_clusters();
    for (node_id id = 0; id < graph_.size(); ++id)
      if (!hosts_.contains(id))
        write_node(graph_[id], "  ");
    for (node_id id = 0; id < graph_.size(); ++id)
      write_edges(graph_[id]);
    write_outputs();
    return out_ + "}\n";
  }

private:
  void write_clusters() {
    std::map<std::string_view, std::vector<node_id>> members;
    for (auto& [id, host] : hosts_)
      if (id < graph_.size())
        members[host].push_back(id);
    size_t n = 0;
    for (auto& [host, ids] : members) {
      out_ += "  subgraph cluster_" + std::to_string(n++)
              + " {\n    label=" + dot_string(host) + ";\n";
      for (auto id : ids)
        write_node(graph_[id], "    ");
      out_ += "  }\n";
    }
  }

  void write_node(const graph_node& n, std::string_view indent) {
    out_ += std::string{indent} + "n" + std::to_string(n.id)
            + " [shape=" + std::string{shape_of(n)}
            + ", label=" + dot_string(label_of(n)) + "];\n";
  }

  void write_edges(const graph_node& n) {
    for (auto& in : n.inputs) {
      out_ += "  n" + std::to_string(in.node) + " -> n" + std::to_string(n.id);
      if (graph_[in.node].outputs.size() > 1)
        out_ += " [taillabel=\"" + std::to_string(in.port) + "\"]";
      out_ += ";\n";
    }
  }

  void write_outputs() {
    size_t n = 0;
    for (auto& [name, ref] : graph_.outputs()) {
      auto id = "out" + std::to_string(n++);
      out_ += "  " + id + " [shape=plaintext, label=" + dot_string(name)
              + "];\n  n" + std::to_string(ref.node) + " -> " + id
              + " [style=dashed];\n";
    }
  }

  const graph& graph_;
  const std::map<node_id, std::string>& hosts_;
  std::string out_;
};

} // namespace

std::string to_dot(const graph& g,
                   const std::map<node_id, std::string>& hosts) {
  return dot_writer{g, hosts}.run();
}

} // namespace morph
