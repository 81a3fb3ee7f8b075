// A graph: nodes in the order of their definition, joined by edges from
// earlier to later nodes, so that it can hold no cycle. `graph` is the handle
// with which a program builds; it only ever appends, and what has been
// deployed is never changed.
//
// Thread-safety: build with one thread; reading a graph that nobody extends is
// safe from any thread.
//
// Invariants:
// 1. Each input of a node refers to an earlier node: ids are a topological
//    order.
// 2. Explicit names are unique.
// 3. Each node knows the file and line at which the user wrote it.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/expr.hpp>
#include <morph/graph/operand.hpp>
#include <morph/graph/tensor.hpp>

#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace morph {

class graph {
public:
  graph();

  /// A value that is fed in each step.
  expr input(std::string_view name, dtype t, const shape& s = {},
             std::source_location at = std::source_location::current());

  /// An input of a user type.
  template <class T>
  expr input(std::string_view name,
             std::source_location at = std::source_location::current()) {
    return add_input(name, port_type::opaque(value_type_of<T>().name), at);
  }

  expr add_input(std::string_view name, port_type type,
                 std::source_location at = std::source_location::current());

  /// A trainable value with its initial content.
  expr parameter(std::string_view name, tensor init,
                 std::source_location at = std::source_location::current());

  expr constant(tensor x,
                std::source_location at = std::source_location::current());

  /// Counts steps from 1: an i64 scalar that the session feeds by itself.
  expr step_number(std::source_location at = std::source_location::current());

  /// A node of the user's own type. If `T::forward` takes expressions it is a
  /// composition and is simply called.
  template <class T, class... Operands>
    requires(std::convertible_to<Operands, operand>&&...)

  expr add_located(std::source_location at, T x, const Operands&... inputs) {
    if constexpr (requires { x.forward(inputs.get()...); })
      return x.forward(inputs.get()...);
    else
      return add_user(
        std::make_shared<typename node_model<T>::type>(std::move(x)),
        {inputs.get()...}, at);
  }

  // One overload for each number of inputs, so that the conversion to
  // `operand` catches the user's line.
  template <class T>
  expr add(T x, operand a) {
    return add_located(a.where(), std::move(x), a);
  }

  template <class T>
  expr add(T x, operand a, operand b) {
    return add_located(a.where(), std::move(x), a, b);
  }

  template <class T>
  expr add(T x, operand a, operand b, operand c) {
    return add_located(a.where(), std::move(x), a, b, c);
  }

  template <class T>
  expr add(T x, operand a, operand b, operand c, operand d) {
    return add_located(a.where(), std::move(x), a, b, c, d);
  }

  /// A source: a node without inputs that runs once in each step.
  template <class T>
  expr add(T x, std::source_location at = std::source_location::current()) {
    return add_located(at, std::move(x));
  }

  expr add_user(std::shared_ptr<const user_node> x, std::vector<expr> inputs,
                std::source_location at = std::source_location::current());

  /// Adds a node by the name of its op; checks arity, types and shapes.
  /// Throws `failure`; the error names op, inputs, shapes and places.
  expr apply(std::string_view op_name, std::span<const expr> inputs,
             attributes attrs = {},
             std::source_location at = std::source_location::current());

  /// Adds any node, checking nothing but invariant 1; for passes and readers.
  expr append(graph_node x);

  /// Declares a named result.
  void output(std::string_view name, const expr& x);

  const std::map<std::string, port_ref, std::less<>>& outputs() const noexcept {
    return data_->outputs;
  }

  size_t size() const noexcept {
    return data_->nodes.size();
  }

  const graph_node& operator[](node_id id) const noexcept {
    return data_->nodes[id];
  }

  const port_type& type_of(port_ref x) const noexcept {
    return data_->type_of(x);
  }

  /// Finds a node by its explicit or display name; throws `failure` (MM0109)
  /// with the nearest name if there is none.
  expr find(std::string_view name) const;

  /// As `find`, without throwing.
  std::optional<expr> try_find(std::string_view name) const;

  expr at(port_ref x) const noexcept {
    return {data_.get(), x};
  }

  const std::shared_ptr<graph_data>& data() const noexcept {
    return data_;
  }

  /// Throws `failure` (MM0110) unless `x` belongs to this graph.
  void check_owner(const expr& x) const;

private:
  std::shared_ptr<graph_data> data_;
};

/// As `graph::apply`, for builder functions that have only expressions.
expr apply_op(graph_data& g, std::string_view op_name,
              std::span<const expr> inputs, attributes attrs,
              std::source_location at);

/// Keeps a file name alive for the life of the process.
const char* intern_file(std::string_view file);

/// The candidate nearest to `name` by edit distance, or empty.
std::string nearest(std::string_view name,
                    const std::vector<std::string>& candidates);

} // namespace morph
