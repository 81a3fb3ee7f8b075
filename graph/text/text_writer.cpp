#include <morph/graph/codec.hpp>
#include <morph/graph/io/atomic_file.hpp>
#include <morph/graph/text/literal.hpp>
#include <morph/graph/text/text.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace morph {

namespace {

using detail::quoted_text;
using detail::word_or_quoted;

/// In hex; none if the state cannot leave this process.
std::optional<std::string> state_of(const user_node& x) {
  byte_writer state;
  if (!x.movable() || !x.save(state))
    return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "0x";
  for (auto b : state.bytes()) {
    out += digits[std::to_integer<size_t>(b >> 4)];
    out += digits[std::to_integer<size_t>(b & std::byte{15})];
  }
  return out;
}

class text_writer {
public:
  explicit text_writer(const graph& g) : graph_(g) {
    // nop
  }

  std::string run() {
    out_ = "graph 1\n";
    for (node_id id = 0; id < graph_.size(); ++id)
      write(graph_[id]);
    for (auto& [name, ref] : graph_.outputs())
      out_ += "output " + quoted_text(name) + " = " + text(ref) + "\n";
    return std::move(out_);
  }

private:
  static std::string text(port_ref x) {
    auto out = "%" + std::to_string(x.node);
    return x.port == 0 ? out : out + "." + std::to_string(x.port);
  }

  void write(const graph_node& n) {
    out_ += "%" + std::to_string(n.id) + " = " + word_or_quoted(n.kind->name);
    write_inputs(n);
    for (auto& [name, x] : n.attrs.entries())
      out_ += " " + word_or_quoted(name) + "=" + literals_.text(x);
    if (!n.name.empty())
      out_ += " " + quoted_text(n.name);
    write_hints(n.hint);
    write_place(n);
    write_types(n);
    out_ += "\n";
  }

  void write_inputs(const graph_node& n) {
    std::string list;
    auto separate = [&] {
      if (!list.empty())
        list += ", ";
    };
    if (n.user)
      list = quoted_text(n.user->type_name()) + ", "
             + state_of(*n.user).value_or("local");
    for (auto& in : n.inputs) {
      separate();
      list += text(in);
    }
    if (!list.empty())
      out_ += "(" + list + ")";
  }

  void write_hints(const hints& x) {
    std::string list;
    auto add = [&](const std::string& hint) {
      list += (list.empty() ? "" : ", ") + hint;
    };
    if (!x.pin.empty())
      add("pin=" + quoted_text(x.pin));
    if (x.keep_local)
      add("keep_local");
    if (x.cache != cache_hint::automatic)
      add(x.cache == cache_hint::cache ? "cache" : "no_cache");
    if (!list.empty())
      out_ += " [" + list + "]";
  }

  void write_place(const graph_node& n) {
    std::string_view file = n.file;
    if (file.empty() && n.line == 0)
      return;
    auto plain
      = !file.empty() && std::all_of(file.begin(), file.end(), [](char c) {
          return detail::is_word_part(c) || c == '.' || c == '/' || c == '-'
                 || c == '+';
        });
    out_ += " @" + (plain ? std::string{file} : quoted_text(file)) + ":"
            + std::to_string(n.line);
  }

  void write_types(const graph_node& n) {
    out_ += " : ";
    if (n.outputs.size() == 1) {
      out_ += detail::type_text(n.outputs.front());
      return;
    }
    out_ += "(";
    for (size_t i = 0; i < n.outputs.size(); ++i)
      out_ += (i > 0 ? ", " : "") + detail::type_text(n.outputs[i]);
    out_ += ")";
  }

  const graph& graph_;
  std::string out_;
  detail::literal_writer literals_;
};

} // namespace

std::string to_text(const graph& g) {
  return text_writer{g}.run();
}

result<void> write_graph(const std::filesystem::path& path, const graph& g) {
  for (node_id id = 0; id < g.size(); ++id)
    if (auto& n = g[id]; n.user && !state_of(*n.user)) {
      error e{errc::not_serialisable, "the state of this node cannot be saved"};
      return fail(std::move(e.at(display_name(n), n.where())));
    }
  auto file = atomic_file::create(path);
  if (!file)
    return fail(std::move(file.error()));
  if (auto ok = file->write(to_text(g)); !ok)
    return ok;
  return file->commit();
}

} // namespace morph
