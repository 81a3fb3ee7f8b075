#include <morph/graph/codec.hpp>
#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/text/kind.hpp>
#include <morph/graph/text/literal_reader.hpp>
#include <morph/graph/text/node_check.hpp>
#include <morph/graph/text/text.hpp>
#include <morph/graph/text/text_cursor.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace morph {

namespace {

class text_parser {
public:
  text_parser(std::string_view text, std::string name)
    : in_(text, std::move(name)), literals_(in_) {
    // nop
  }

  result<graph> run() {
    auto ok = header();
    while (ok && in_.next_line())
      ok = line();
    if (!ok)
      return fail(in_.first_error());
    return std::move(graph_);
  }

private:
  bool header() {
    // Comments may come before.
    while (in_.at_line_end())
      if (!in_.next_line())
        return in_.expected("'graph 1'");
    uint32_t version = 0;
    auto at = in_.column();
    if (in_.word() != "graph" || !in_.integer(version, "the version"))
      return in_.reject_at(at, {errc::syntax_error, "expected 'graph 1'"});
    if (version != 1)
      return in_.reject(errc::syntax_error,
                        "only version 1 of the text form is known");
    return end_of_line();
  }

  bool line() {
    if (in_.at_line_end())
      return true;
    return (in_.accept('%') ? node() : output()) && end_of_line();
  }

  bool end_of_line() {
    return in_.at_line_end() || in_.expected("the end of the line");
  }

  bool output() {
    auto at = in_.column();
    if (in_.word() != "output")
      return in_.reject_at(at, {errc::syntax_error,
                                "expected '%', 'output' or a comment"});
    std::string name;
    port_ref ref;
    at = in_.column();
    if (!in_.string(name) || !in_.require('=') || !reference(ref))
      return false;
    if (graph_.outputs().contains(name))
      return in_.reject_at(
        at,
        error{errc::duplicate_name, "the output stands twice"}.at(name, {}));
    graph_.output(name, graph_.at(ref));
    return true;
  }

  bool node() {
    graph_node n;
    n.id = static_cast<node_id>(graph_.size());
    auto at = in_.column();
    auto label = in_.word();
    if (label.empty())
      return in_.expected("a label");
    if (!labels_.try_emplace(label, n.id).second)
      return in_.reject_at(at, {errc::duplicate_name, "the label %"
                                                        + std::string{label}
                                                        + " stands twice"});
    if (!in_.require('=') || !kind(n) || !inputs(n) || !attributes_of(n)
        || !hints_of(n) || !place_of(n) || !types_of(n))
      return false;
    return add(std::move(n));
  }

  bool kind(graph_node& n) {
    std::string name;
    op_at_ = in_.column();
    if (!in_.word_or_string(name, "the name of an op"))
      return false;
    n.kind = find_kind(name);
    if (n.kind)
      return true;
    std::vector<std::string> names;
    for (auto* row : op_table())
      names.emplace_back(row->name);
    return in_.reject_at(op_at_,
                         {errc::unknown_op, "there is no op '" + name
                                              + "'; the nearest is '"
                                              + nearest(name, names) + "'"});
  }

  bool inputs(graph_node& n) {
    auto user = n.is(builtin::user);
    if (!in_.accept('('))
      return !user || in_.expected("'('");
    if (user && !user_state(n))
      return false;
    if (in_.accept(')'))
      return true;
    if (user && !in_.require(','))
      return false;
    do {
      if (!reference(n.inputs.emplace_back()))
        return false;
    } while (in_.accept(','));
    return in_.require(')');
  }

  bool user_state(graph_node& n) {
    std::string type;
    if (!in_.string(type) || !in_.require(','))
      return false;
    auto at = in_.column();
    auto text = in_.word();
    if (text == "local")
      return in_.reject_at(at, {errc::not_serialisable,
                                "the state of this node was not written"});
    auto bytes = unhex(text);
    if (!bytes)
      return in_.expected("a state in hex digits such as 0x00ff");
    auto x = make_user_node(type);
    if (!x)
      return in_.reject_at(at, {errc::unknown_node_type,
                                "no type '" + type + "' is registered here"});
    byte_reader state{*bytes};
    if (!x->movable() || !x->load(state) || state.remaining() > 0)
      return in_.reject_at(at, {errc::syntax_error,
                                "no state of a '" + type + "'"});
    n.user = std::move(x);
    return true;
  }

  static std::optional<std::vector<std::byte>> unhex(std::string_view text) {
    if (!text.starts_with("0x") || text.size() % 2 != 0)
      return std::nullopt;
    auto digit = [](char c) {
      return c >= '0' && c <= '9'   ? c - '0'
             : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                    : -1;
    };
    std::vector<std::byte> out;
    for (size_t i = 2; i < text.size(); i += 2) {
      auto high = digit(text[i]);
      auto low = digit(text[i + 1]);
      if (high < 0 || low < 0)
        return std::nullopt;
      out.push_back(static_cast<std::byte>(high << 4 | low));
    }
    return out;
  }

  bool reference(port_ref& out) {
    if (!in_.require('%'))
      return false;
    auto at = in_.column();
    auto label = in_.word();
    if (label.empty())
      return in_.expected("a label");
    auto i = labels_.find(label);
    // A node's own label is known but the node itself is not yet there.
    if (i == labels_.end() || i->second >= graph_.size())
      return in_.reject_at(
        at, {errc::cycle, "no earlier line defines %" + std::string{label}});
    out.node = i->second;
    if (in_.accept('.') && !in_.integer(out.port, "the number of an output"))
      return false;
    if (out.port < graph_[out.node].outputs.size())
      return true;
    return in_.reject_at(
      at, {errc::wrong_arity,
           "%" + std::string{label} + " has "
             + std::to_string(graph_[out.node].outputs.size()) + " outputs"});
  }

  /// Attributes and, as a string that no `=` follows, the name.
  bool attributes_of(graph_node& n) {
    for (;;) {
      auto at = in_.column();
      if (in_.sees('[') || in_.sees('@') || in_.sees(':') || in_.at_line_end())
        return true;
      std::string key;
      auto is_string = in_.sees('"');
      if (!in_.word_or_string(key, "an attribute, a name, '[', '@' or ':'"))
        return false;
      if (is_string && !in_.sees('='))
        return name(n, std::move(key), at);
      attribute x;
      if (!in_.require('=') || !literals_.value(x))
        return false;
      if (n.attrs.find(key))
        return in_.reject_at(at, {errc::syntax_error,
                                  "the attribute '" + key + "' stands twice"});
      n.attrs.set(key, std::move(x));
    }
  }

  bool name(graph_node& n, std::string x, size_t at) {
    n.name = std::move(x);
    auto& names = graph_.data()->names;
    auto i = names.find(n.name);
    if (n.name.empty() || i == names.end())
      return true;
    return in_.reject_at(
      at, error{errc::duplicate_name,
                "the name is taken by %" + std::to_string(i->second)}
            .at(n.name, {}));
  }

  bool hints_of(graph_node& n) {
    if (!in_.accept('['))
      return true;
    do {
      auto at = in_.column();
      auto word = in_.word();
      if (word == "pin") {
        if (!in_.require('=') || !in_.string(n.hint.pin))
          return false;
      } else if (word == "keep_local") {
        n.hint.keep_local = true;
      } else if (word == "cache") {
        n.hint.cache = cache_hint::cache;
      } else if (word == "no_cache") {
        n.hint.cache = cache_hint::no_cache;
      } else {
        return in_.reject_at(at,
                             {errc::syntax_error,
                              "expected pin, keep_local, cache or no_cache"});
      }
    } while (in_.accept(','));
    return in_.require(']');
  }

  bool place_of(graph_node& n) {
    if (!in_.accept('@'))
      return true;
    std::string file;
    if (in_.sees('"')) {
      if (!in_.string(file))
        return false;
    } else {
      file = in_.until(":");
    }
    n.file = intern_file(file);
    return in_.require(':') && in_.integer(n.line, "the number of a line");
  }

  bool types_of(graph_node& n) {
    if (!in_.accept(':'))
      return true;
    if (!in_.accept('('))
      return literals_.type(n.outputs.emplace_back());
    if (in_.accept(')'))
      return true;
    do {
      if (!literals_.type(n.outputs.emplace_back()))
        return false;
    } while (in_.accept(','));
    return in_.require(')');
  }

  bool add(graph_node n) {
    std::vector<port_type> types;
    for (auto& in : n.inputs)
      types.push_back(graph_.type_of(in));
    auto ok = check_node(n, types);
    if (!ok) {
      auto e = std::move(ok.error());
      e.message = std::string{n.kind->name} + ": " + e.message;
      return in_.reject_at(op_at_, std::move(e.at(display_name(n), {})));
    }
    graph_.append(std::move(n));
    return true;
  }

  detail::text_cursor in_;
  detail::literal_reader literals_;
  graph graph_;
  size_t op_at_ = 0; ///< Column of the current node's op.
  std::unordered_map<std::string_view, node_id> labels_;
};

} // namespace

result<graph> parse_text(std::string_view text, std::string name) {
  return text_parser{text, std::move(name)}.run();
}

result<graph> read_graph(const std::filesystem::path& path) {
  auto in = binary_source::open(path);
  if (!in)
    return fail(std::move(in.error()));
  auto bytes = in->take(in->size(), "the file");
  if (!bytes)
    return fail(std::move(bytes.error()));
  return parse_text({reinterpret_cast<const char*>(bytes->data()),
                     bytes->size()},
                    path.string());
}

} // namespace morph
