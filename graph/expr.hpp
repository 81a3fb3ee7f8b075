// The parts of a graph: nodes, their ports, and the expression handles with
// which a program refers to ports while it builds.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/attributes.hpp>
#include <morph/graph/op.hpp>
#include <morph/graph/type.hpp>
#include <morph/graph/user_node.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace morph {

using node_id = uint32_t;

/// An output port of a node.
struct port_ref {
  node_id node = 0;
  uint16_t port = 0;

  friend auto operator<=>(const port_ref&, const port_ref&) = default;
};

/// Whether a node's results may be reused while its inputs do not change.
enum class cache_hint : uint8_t { automatic, cache, no_cache };

/// What the user asks of the placement actor.
struct hints {
  std::string pin;         ///< Name of the host to run on; empty: any.
  bool keep_local = false; ///< Stay with the producer of the first input.
  cache_hint cache = cache_hint::automatic;

  friend bool operator==(const hints&, const hints&) = default;
};

/// A node of the description.
struct graph_node {
  node_id id = 0;
  const op* kind = nullptr;
  std::string name; ///< Explicit name or empty; see `display_name`.
  std::vector<port_ref> inputs;
  attributes attrs;
  std::vector<port_type> outputs;
  morph::hints hint;
  std::shared_ptr<const user_node> user; ///< For `builtin::user` only.
  const char* file = "";                 ///< Interned; never dangles.
  uint32_t line = 0;

  bool is(const op& x) const noexcept {
    return kind == &x;
  }

  place where() const {
    return {file, line};
  }
};

/// `hidden/w`, or `matmul_7` for a node without a name of its own.
std::string display_name(const graph_node& x);

class expr;

/// The nodes themselves; shared by a `graph` and its expressions.
class graph_data {
public:
  std::deque<graph_node> nodes;
  std::map<std::string, node_id, std::less<>> names;
  std::map<std::string, port_ref, std::less<>> outputs;

  const port_type& type_of(port_ref x) const noexcept {
    return nodes[x.node].outputs[x.port];
  }
};

/// Refers to an output port while building: what operators work on.
class expr {
public:
  expr() = default;

  expr(graph_data* data, port_ref ref) : data_(data), ref_(ref) {
    // nop
  }

  explicit operator bool() const noexcept {
    return data_ != nullptr;
  }

  graph_data* data() const noexcept {
    return data_;
  }

  port_ref ref() const noexcept {
    return ref_;
  }

  const graph_node& node() const noexcept {
    return data_->nodes[ref_.node];
  }

  const port_type& type() const noexcept {
    return data_->type_of(ref_);
  }

  /// Names the node; throws `failure` (MM0104) if the name is taken.
  const expr& named(std::string_view name) const;

  /// Asks for a host by name.
  const expr& pin(std::string_view host) const;

  /// Asks to stay with the producer of the first input.
  const expr& keep_local() const;

  /// Asks to reuse results while inputs do not change, or never to.
  const expr& cache(cache_hint x) const;

  /// Another output port of the same node.
  expr output(uint16_t port) const;

  friend bool operator==(const expr&, const expr&) = default;

private:
  graph_node& mutable_node() const;

  graph_data* data_ = nullptr;
  port_ref ref_;
};

} // namespace morph
