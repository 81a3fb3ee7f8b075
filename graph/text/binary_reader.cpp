#include <morph/graph/io/elements.hpp>
#include <morph/graph/text/binary.hpp>
#include <morph/graph/text/kind.hpp>
#include <morph/graph/text/node_check.hpp>
#include <morph/graph/type_name.hpp>

#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

namespace morph {

namespace {

constexpr uint8_t version = 1;

/// What stands in one message.
struct message {
  graph_part part;
  std::vector<std::pair<std::string, port_ref>> outputs;
};

class binary_reader {
public:
  explicit binary_reader(byte_reader& f) : f_(f) {
    // nop
  }

  result<message> run() {
    try {
      if (read())
        return std::move(out_);
    } catch (const failure& x) {
      return fail(x.value()); // A user's inspector or type rule threw.
    } catch (const std::exception& x) {
      return fail(errc::protocol_violation,
                  std::string{"malformed binary form of a graph: "} + x.what());
    }
    if (error_.code != errc::none)
      return fail(std::move(error_));
    return fail(
      errc::protocol_violation,
      "malformed binary form of a graph"
        + (out_.part.nodes.empty()
             ? std::string{}
             : ", after node " + std::to_string(out_.part.nodes.back().id)));
  }

private:
  bool read() {
    uint8_t have = 0;
    if (!f_.apply(have) || have != version)
      return false;
    return each(7, [this] { return import(); })
           && each(20, [this] { return node(); })
           && each(14, [this] { return output(); });
  }

  /// Reads a count and calls `f` as often; an element has `least` bytes.
  template <class F>
  bool each(size_t least, F f) {
    uint32_t n = 0;
    if (!f_.apply(n) || n > f_.remaining() / least)
      return f_.reject();
    for (uint32_t i = 0; i < n; ++i)
      if (!f())
        return false;
    return true;
  }

  bool reject(errc code, std::string what) {
    error_ = error{code, std::move(what)};
    return f_.reject();
  }

  bool import() {
    port_ref ref;
    port_type t;
    return f_(ref.node, ref.port) && type(t)
           && (out_.part.imports.emplace(ref, std::move(t)).second
               || f_.reject());
  }

  bool output() {
    auto& [name, ref] = out_.outputs.emplace_back();
    return f_.apply(name) && f_(ref.node, ref.port) && find(ref);
  }

  bool node() {
    graph_node n;
    std::string op;
    if (!f_(n.id, op, n.name)
        || (!out_.part.nodes.empty() && n.id <= out_.part.nodes.back().id))
      return f_.reject();
    n.kind = find_kind(op);
    if (!n.kind)
      return reject(errc::unknown_op, "there is no op '" + op + "'");
    if (!n.name.empty() && !names_.insert(n.name).second)
      return reject(errc::duplicate_name, "the name '" + n.name + "' is taken");
    std::vector<port_type> types;
    auto read_input = [&] {
      auto& in = n.inputs.emplace_back();
      auto* t = f_(in.node, in.port) && in.node < n.id ? find(in) : nullptr;
      if (t)
        types.push_back(*t);
      return t != nullptr;
    };
    if (!each(6, read_input)
        || !each(3, [&] { return type(n.outputs.emplace_back()); })
        || !each(10, [&] { return attribute_of(n); }) || !hints_of(n)
        || !place_of(n) || !user_of(n))
      return false;
    if (auto ok = check_node(n, types); !ok) {
      error_ = std::move(ok.error().at(display_name(n), n.where()));
      return f_.reject();
    }
    positions_.emplace(n.id, out_.part.nodes.size());
    out_.part.nodes.push_back(std::move(n));
    return true;
  }

  /// The type of an earlier or imported port, null if there is none.
  const port_type* find(port_ref x) const {
    if (auto i = positions_.find(x.node); i != positions_.end()) {
      auto& types = out_.part.nodes[i->second].outputs;
      return x.port < types.size() ? &types[x.port] : nullptr;
    }
    auto i = out_.part.imports.find(x);
    return i != out_.part.imports.end() ? &i->second : nullptr;
  }

  bool type(port_type& out) {
    bool is_opaque = false;
    if (!f_.apply(is_opaque))
      return false;
    if (is_opaque) {
      std::string name;
      if (!f_.apply(name))
        return false;
      out = port_type::opaque(std::move(name));
      return true;
    }
    dtype t{};
    uint8_t rank = 0;
    if (!dtype_of(t) || !f_.apply(rank) || rank > shape::max_rank)
      return f_.reject();
    shape s;
    for (uint8_t i = 0; i < rank; ++i) {
      int64_t n = 0;
      if (!f_.apply(n) || n < dyn)
        return f_.reject();
      s.push_back(n);
    }
    out = port_type{t, s};
    return true;
  }

  bool dtype_of(dtype& out) {
    uint8_t number = 0;
    if (!f_.apply(number))
      return false;
    auto t = dtype_from_wire(number);
    if (t)
      out = *t;
    return t.has_value();
  }

  bool attribute_of(graph_node& n) {
    std::string name;
    uint8_t kind = 0;
    attribute x;
    if (!f_(name, kind) || n.attrs.find(name) || !value(kind, x))
      return f_.reject();
    n.attrs.set(name, std::move(x));
    return true;
  }

  bool value(uint8_t kind, attribute& out) {
    switch (kind) {
      case 0:
        return load<bool>(out);
      case 1:
        return load<int64_t>(out);
      case 2:
        return load<double>(out);
      case 3:
        return load<std::string>(out);
      case 4:
        return load<std::vector<int64_t>>(out);
      case 5: {
        dtype t{};
        auto ok = dtype_of(t);
        out = t;
        return ok;
      }
      case 6: {
        tensor x;
        auto ok
          = inspect(f_, x)
            && !(x && x.type() == boolean && find_malformed_bool(x.raw()));
        out = std::move(x);
        return ok;
      }
      default:
        return false;
    }
  }

  template <class T>
  bool load(attribute& out) {
    T x{};
    auto ok = f_.apply(x);
    out = std::move(x);
    return ok;
  }

  bool hints_of(graph_node& n) {
    return f_(n.hint.pin, n.hint.keep_local, n.hint.cache)
           && (n.hint.cache <= cache_hint::no_cache || f_.reject());
  }

  bool place_of(graph_node& n) {
    uint32_t file = 0;
    if (!f_.apply(file) || file > files_.size())
      return f_.reject();
    if (file == files_.size()) {
      std::string name;
      if (!f_.apply(name))
        return false;
      files_.push_back(intern_file(name));
    }
    n.file = files_[file];
    return f_.apply(n.line);
  }

  bool user_of(graph_node& n) {
    bool is_user = false;
    if (!f_.apply(is_user) || is_user != n.is(builtin::user))
      return f_.reject();
    if (!is_user)
      return true;
    std::string name;
    uint64_t size = 0;
    if (!f_.apply(name) || !f_.length(size, 1))
      return false;
    auto bytes = f_.view(size);
    auto x = make_user_node(name);
    if (!x) {
      reject(errc::unknown_node_type,
             "this process does not know nodes of type '" + readable_type(name)
               + "'");
      error_.at(display_name(n), n.where());
      return false;
    }
    byte_reader state{*bytes};
    if (!x->movable() || !x->load(state) || state.remaining() > 0) {
      reject(errc::not_serialisable, "'inspect' of node type '"
                                       + readable_type(name)
                                       + "' cannot read what the sender wrote");
      error_.at(display_name(n), n.where());
      return false;
    }
    n.user = std::move(x);
    return true;
  }

  byte_reader& f_;
  message out_;
  error error_;
  std::unordered_map<node_id, size_t> positions_;
  std::set<std::string> names_;
  std::vector<const char*> files_;
};

} // namespace

result<graph> decode_graph(byte_reader& f) {
  auto x = binary_reader{f}.run();
  if (!x)
    return fail(std::move(x.error()));
  auto& [part, outputs] = *x;
  if (!part.imports.empty()
      || (!part.nodes.empty() && part.nodes.back().id + 1 != part.nodes.size()))
    return fail(errc::protocol_violation,
                "a part of a graph stands where a whole one was expected");
  graph out;
  for (auto& n : part.nodes)
    out.append(std::move(n));
  for (auto& [name, ref] : outputs) {
    if (out.outputs().contains(name))
      return fail(errc::duplicate_name, "the output '" + name + "' is taken");
    out.output(name, out.at(ref));
  }
  return out;
}

result<graph_part> decode_part(byte_reader& f) {
  auto x = binary_reader{f}.run();
  if (!x)
    return fail(std::move(x.error()));
  if (!x->outputs.empty())
    return fail(errc::protocol_violation,
                "a whole graph stands where a part was expected");
  return std::move(x->part);
}

} // namespace morph
