#include <morph/apps/morph/model.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/text/text.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>

namespace morph::cli {

namespace {

expr named(const graph& g, const std::string& file, const std::string& name,
           bool output) {
  if (output) {
    if (auto i = g.outputs().find(name); i != g.outputs().end())
      return g.at(i->second);
  } else if (auto x = g.try_find(name); x && x->node().is(builtin::input)) {
    return *x;
  }
  auto e = error{errc::unknown_name, file + ": the graph has no "
                                       + (output ? "output '" : "input '")
                                       + name + "'"};
  e.remedy(
    "a graph to train has inputs 'x' and 't' and outputs 'loss' and, "
    "for classes, 'logits'");
  throw failure{std::move(e)};
}

int64_t side_of(int64_t features) {
  auto side = static_cast<int64_t>(
    std::lround(std::sqrt(static_cast<double>(features))));
  if (side * side == features && side >= 4)
    return side;
  auto e = error{errc::shape_mismatch,
                 std::to_string(features)
                   + " features are no square image of at least 4 x 4"};
  e.remedy("use --model dense");
  throw failure{std::move(e)};
}

int64_t count_classes(const datasets& x) {
  if (!x.classes.empty())
    return static_cast<int64_t>(x.classes.size());
  int64_t largest = 1;
  for (auto* part : {&x.train, &x.test})
    for (auto label : part->y.span<int64_t>())
      largest = std::max(largest, label);
  return largest + 1;
}

} // namespace

void add_model_options(CLI::App& verb, model_options& x) {
  verb.add_option("graph", x.file, "Graph file; else a built-in model");
  auto* group = verb.add_option_group("Model");
  group->add_option("--model", x.builtin, "Built-in model: dense or conv")
    ->check(CLI::IsMember({"dense", "conv"}))
    ->capture_default_str();
  group->add_option("--seed", x.seed, "Of first values and of shuffling")
    ->capture_default_str();
}

model read_model(const std::string& file) {
  auto g = unwrap(read_graph(file));
  model out{g,
            named(g, file, "x", false),
            named(g, file, "t", false),
            named(g, file, "loss", true),
            std::nullopt,
            file};
  if (g.outputs().contains("logits"))
    out.logits = named(g, file, "logits", true);
  return out;
}

model make_model(const std::string& builtin, const model_size& size,
                 uint64_t seed) {
  graph g;
  auto x = g.input("x", f32, {dyn, size.features});
  auto t = g.input("t", i64, {dyn});
  auto h = x;
  if (builtin == "conv") {
    auto side = side_of(size.features);
    h = reshape(x, {dyn, 1, side, side});
    h = relu(convolution(g, "conv1", h, 16, 3, 1, 1, seed));
    h = max_pool2d(relu(convolution(g, "conv2", h, 32, 3, 1, 1, seed + 1)), 2);
    h = reshape(h, {dyn, 32 * (side / 2) * (side / 2)});
    h = relu(dense(g, "hidden", h, 64, seed + 2));
  } else {
    h = relu(dense(g, "hidden1", h, 128, seed));
    h = relu(dense(g, "hidden2", h, 64, seed + 1));
  }
  auto logits = dense(g, "out", h, size.classes, seed + 3);
  auto loss = cross_entropy(logits, t);
  g.output("logits", logits);
  g.output("loss", loss);
  return {g, x, t, loss, logits, builtin};
}

model read_model(const model_options& x) {
  return x.file.empty() ? make_model(x.builtin, {}, x.seed)
                        : read_model(x.file);
}

task read_task(const model_options& m, const examples_options& e,
               int64_t rows) {
  auto generate = e.data.empty() && rows > 0;
  if (m.file.empty()) {
    model_size size;
    auto found = generate
                   ? make_examples(rows, size.features, size.classes, m.seed)
                   : read_examples(e, f32, true);
    size.features = found.sets.train.x.shape()[1];
    size.classes
      = std::max(generate ? size.classes : 2, count_classes(found.sets));
    return {make_model(m.builtin, size, m.seed), std::move(found)};
  }
  auto net = read_model(m.file);
  auto type = net.x.type().is_tensor() ? net.x.type().type() : f32;
  auto target = net.t.type().is_tensor() ? net.t.type().type() : i64;
  if (!is_floating(type) || (target != i64 && target != type))
    throw failure{
      error{errc::dtype_mismatch,
            m.file
              + ": 'x' must be f32 or f64, and 't' either i64 (classes) "
                "or of the type of 'x'"}
        .at("x", net.x.node().where())};
  examples found;
  if (generate) {
    int64_t features = 1;
    for (size_t i = 1; i < net.x.type().shape().rank(); ++i)
      features *= net.x.type().shape()[i];
    auto classes = net.logits ? net.logits->type().shape().dims().back() : 2;
    found = make_examples(rows, features, classes, m.seed);
    if (target != i64 || type != f32 || features < 1 || classes < 2)
      throw failure{
        error{errc::dtype_mismatch, m.file
                                      + ": examples cannot be made up for this "
                                        "graph"}
          .remedy("name a file with --data")};
  } else {
    found = read_examples(e, type, target == i64);
  }
  for (auto* part : {&found.sets.train, &found.sets.test}) {
    *part = fitted(*part, net.x, found.source);
    // Targets of one number may stand in a column of their own.
    auto& want = net.t.type().shape();
    if (want.rank() == 2 && want[1] == 1)
      part->y = part->y.reshaped({part->size(), 1});
  }
  return {std::move(net), std::move(found)};
}

dataset fitted(const dataset& rows, const expr& to, const std::string& source) {
  auto& want = to.type().shape();
  if (want.rank() == 0)
    throw failure{
      error{errc::shape_mismatch, "the input has no axis for examples"}.at(
        display_name(to.node()), to.node().where())};
  shape s{rows.size()};
  for (size_t i = 1; i < want.rank(); ++i)
    s.push_back(want[i]);
  auto out = rows;
  if (s.is_static() && s.elements() == rows.x.elements())
    out.x = rows.x.reshaped(s);
  else if (!matches(want, rows.x.shape()))
    throw failure{error{errc::shape_mismatch,
                        "the input takes " + to_string(want) + ", " + source
                          + " has rows of " + std::to_string(rows.x.shape()[1])
                          + " features"}
                    .at(display_name(to.node()), to.node().where())};
  return out;
}

} // namespace morph::cli
