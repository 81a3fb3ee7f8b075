// The graph that a run trains: read from a file, or one of the built-in ones.
//
// A file has inputs `x` (features, examples along the first axis) and `t`
// (what is to be predicted), and outputs `loss` (one number) and, for classes,
// `logits`.
//
// Thread-safety: plain values and free functions.
#pragma once

#include <morph/apps/morph/examples.hpp>
#include <morph/graph/graph.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace morph::cli {

struct model_options {
  std::string file; ///< Empty: built in.
  std::string builtin = "dense";
  uint64_t seed = 1; ///< Of the first values of parameters.
};

struct model {
  graph g;
  expr x;
  expr t;
  expr loss;
  std::optional<expr> logits;
  std::string name;
};

/// What a built-in model is made for.
struct model_size {
  int64_t features = 64;
  int64_t classes = 10;
};

void add_model_options(CLI::App& verb, model_options& x);

/// Reads a graph and finds what training needs (MM0109 if it is not there).
model read_model(const std::string& file);

/// `dense`: two layers; `conv`: two convolutions and a layer, on square images.
/// Throws `failure` (MM0107) if there is no square.
model make_model(const std::string& builtin, const model_size& size,
                 uint64_t seed);

/// A model and examples that fit it.
struct task {
  morph::cli::model model;
  morph::cli::examples examples;
};

/// Reads both. Without data it throws `usage_error`, unless `rows` > 0 asks for
/// that many generated ones.
task read_task(const model_options& m, const examples_options& e,
               int64_t rows = 0);

/// Reads the model alone; a built-in one for digits of 8 x 8.
model read_model(const model_options& x);

/// Gives rows of features the shape that `to` declares; throws `failure`
/// (MM0107) if they have another number of elements.
dataset fitted(const dataset& rows, const expr& to, const std::string& source);

} // namespace morph::cli
