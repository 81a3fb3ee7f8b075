#include <morph/graph/text/binary.hpp>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <variant>

namespace morph {

namespace {

constexpr uint8_t version = 1;

uint32_t count(size_t n) {
  return static_cast<uint32_t>(n);
}

class binary_writer {
public:
  binary_writer(const graph& g, byte_writer& f) : graph_(g), f_(f) {
    // nop
  }

  /// REQUIRES: `ids` ascend.
  result<void> run(std::span<const node_id> ids, bool with_outputs) {
    f_.apply(version);
    write_imports(ids);
    f_.apply(count(ids.size()));
    for (auto id : ids)
      if (auto ok = write(graph_[id]); !ok)
        return ok;
    auto outputs = with_outputs ? count(graph_.outputs().size()) : 0;
    f_.apply(outputs);
    if (outputs > 0)
      for (auto& [name, ref] : graph_.outputs()) {
        f_.apply(name);
        write(ref);
      }
    return {};
  }

private:
  void write_imports(std::span<const node_id> ids) {
    std::set<port_ref> imports;
    for (auto id : ids)
      for (auto& in : graph_[id].inputs)
        if (!std::binary_search(ids.begin(), ids.end(), in.node))
          imports.insert(in);
    f_.apply(count(imports.size()));
    for (auto& ref : imports) {
      write(ref);
      write(graph_.type_of(ref));
    }
  }

  result<void> write(const graph_node& n) {
    f_.apply(n.id);
    f_.apply(std::string{n.kind->name});
    f_.apply(n.name);
    f_.apply(count(n.inputs.size()));
    for (auto& in : n.inputs)
      write(in);
    f_.apply(count(n.outputs.size()));
    for (auto& t : n.outputs)
      write(t);
    f_.apply(count(n.attrs.entries().size()));
    for (auto& [name, x] : n.attrs.entries()) {
      f_.apply(name);
      write(x);
    }
    f_.apply(n.hint.pin);
    f_.apply(n.hint.keep_local);
    f_.apply(n.hint.cache);
    write_place(n);
    f_.apply(n.user != nullptr);
    return n.user ? write_user(n) : result<void>{};
  }

  result<void> write_user(const graph_node& n) {
    byte_writer state;
    if (!n.user->movable() || !n.user->save(state)) {
      error e{errc::not_serialisable, "a node of type '"
                                        + std::string{n.user->type_name()}
                                        + "' cannot leave this process"};
      return fail(std::move(e.at(display_name(n), n.where())));
    }
    f_.apply(std::string{n.user->type_name()});
    f_.apply(state.bytes());
    return {};
  }

  void write(port_ref x) {
    f_(x.node, x.port);
  }

  void write(const port_type& x) {
    f_.apply(!x.is_tensor());
    if (!x.is_tensor()) {
      f_.apply(x.opaque_name());
      return;
    }
    f_.apply(x.type());
    f_.apply(static_cast<uint8_t>(x.shape().rank()));
    for (auto n : x.shape())
      f_.apply(n);
  }

  void write(const attribute& x) {
    f_.apply(static_cast<uint8_t>(x.index()));
    std::visit(
      [this](auto& y) {
        if constexpr (std::is_same_v<std::decay_t<decltype(y)>, tensor>)
          inspect(f_, const_cast<tensor&>(y)); // Takes it by reference only
        else                                   // for the sake of loading.
          f_.apply(y);
      },
      x);
  }

  void write_place(const graph_node& n) {
    auto [i, is_new] = files_.try_emplace(n.file, count(files_.size()));
    f_.apply(i->second);
    if (is_new)
      f_.apply(i->first);
    f_.apply(n.line);
  }

  const graph& graph_;
  byte_writer& f_;
  std::unordered_map<std::string, uint32_t> files_;
};

} // namespace

result<void> encode_graph(const graph& g, byte_writer& f) {
  std::vector<node_id> all(g.size());
  std::iota(all.begin(), all.end(), node_id{0});
  return binary_writer{g, f}.run(all, true);
}

result<void> encode_part(const graph& g, std::span<const node_id> ids,
                         byte_writer& f) {
  std::vector<node_id> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return binary_writer{g, f}.run(sorted, false);
}

} // namespace morph
