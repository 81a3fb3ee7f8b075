// morph graph: a graph as text, as DOT or as JSON.
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/model.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/plugins.hpp>
#include <morph/graph/text/dot.hpp>
#include <morph/graph/text/text.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>

namespace morph::cli {

namespace {

struct graph_call {
  model_options model;
  std::vector<std::string> plugins;
  std::string out;
  bool dot = false;
};

nlohmann::json to_json(const graph& g) {
  auto nodes = nlohmann::json::array();
  for (auto& n : g.data()->nodes) {
    auto inputs = nlohmann::json::array();
    for (auto& in : n.inputs)
      inputs.push_back({{"node", in.node}, {"port", in.port}});
    auto outputs = nlohmann::json::array();
    for (auto& t : n.outputs)
      outputs.push_back(to_string(t));
    nodes.push_back({{"id", n.id},
                     {"name", display_name(n)},
                     {"op", std::string{n.kind->name}},
                     {"inputs", inputs},
                     {"outputs", outputs},
                     {"file", n.file},
                     {"line", n.line}});
  }
  auto results = nlohmann::json::object();
  for (auto& [name, ref] : g.outputs())
    results[name] = {{"node", ref.node}, {"port", ref.port}};
  return {{"nodes", nodes}, {"outputs", results}};
}

exit_code run_graph(const graph_call& x, const invocation& call) {
  load_plugins(x.plugins);
  auto g = x.model.file.empty()
             ? make_model(x.model.builtin, {}, x.model.seed).g
             : unwrap(read_graph(x.model.file));
  if (!x.out.empty()) {
    unwrap(write_graph(x.out, g));
    return exit_code::ok;
  }
  if (call.json) {
    say(to_json(g));
    return exit_code::ok;
  }
  auto text = x.dot ? to_dot(g) : to_text(g);
  if (text.ends_with('\n'))
    text.pop_back();
  say(text);
  return exit_code::ok;
}

} // namespace

void add_graph(CLI::App& root, invocation& call) {
  auto* verb = add_verb(root, "graph", "Show a graph as text, DOT or JSON",
                        "  morph graph --model conv --out digits.graph\n"
                        "  morph graph digits.graph --dot | dot -Tsvg > g.svg");
  auto x = std::make_shared<graph_call>();
  add_model_options(*verb, x->model);
  verb->add_flag("--dot", x->dot, "For Graphviz");
  verb->add_option("-o,--out", x->out, "Write the text form to a file");
  verb->add_option("--plugin", x->plugins,
                   "Shared library that brings node types; repeatable");
  verb->callback(
    [x, &call] { call.run = [x, &call] { return run_graph(*x, call); }; });
}

} // namespace morph::cli
