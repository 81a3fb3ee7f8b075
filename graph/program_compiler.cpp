// Turns part of a graph into a program.
#include <morph/graph/program.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace morph {

namespace {

uint64_t key_of(port_ref x) noexcept {
  return uint64_t{x.node} << 16 | x.port;
}

} // namespace

class program_compiler {
public:
  program_compiler(const graph_data& g, std::span<const port_ref> inputs,
                   std::span<const port_ref> outputs)
    : graph_(g), inputs_(inputs), outputs_(outputs) {
    // nop
  }

  result<program> compile() {
    out_.num_inputs_ = inputs_.size();
    out_.read_.assign(inputs_.size(), 0);
    for (size_t i = 0; i < inputs_.size(); ++i)
      slots_.try_emplace(key_of(inputs_[i]), static_cast<slot>(i));
    auto ok = collect();
    if (!ok)
      return fail(std::move(ok.error()));
    place_constants();
    find_last_uses();
    for (auto id : order_)
      emit(graph_.nodes[id]);
    finish_outputs();
    return std::move(out_);
  }

private:
  using slot = program::slot;
  using instruction = program::instruction;

  bool is_given(port_ref x) const {
    return slots_.contains(key_of(x));
  }

  // Finds the nodes that the outputs need, in ascending order of ids, which is
  // a topological one.
  result<void> collect() {
    std::vector<port_ref> open(outputs_.begin(), outputs_.end());
    std::unordered_set<node_id> seen;
    while (!open.empty()) {
      auto x = open.back();
      open.pop_back();
      if (is_given(x) || !seen.insert(x.node).second)
        continue;
      auto& n = graph_.nodes[x.node];
      if (n.is(builtin::constant)) {
        constants_.push_back(x.node);
        continue;
      }
      if (!n.kind->run && !n.user)
        return fail(missing(n));
      order_.push_back(x.node);
      open.insert(open.end(), n.inputs.begin(), n.inputs.end());
    }
    std::sort(constants_.begin(), constants_.end());
    std::sort(order_.begin(), order_.end());
    return {};
  }

  static error missing(const graph_node& n) {
    error e{errc::missing_input,
            "the program needs this node's value, which is not among its "
            "inputs"};
    return std::move(e.at(display_name(n), n.where()));
  }

  void place_constants() {
    next_slot_ = static_cast<slot>(inputs_.size());
    for (auto id : constants_) {
      slots_.emplace(key_of({id, 0}), next_slot_++);
      out_.constants_.push_back(graph_.nodes[id].attrs.get<tensor>("value"));
    }
    first_temporary_ = next_slot_;
  }

  // Position in order_ of the last reader of each port.
  void find_last_uses() {
    for (size_t i = 0; i < order_.size(); ++i)
      for (auto& in : graph_.nodes[order_[i]].inputs)
        last_use_[key_of(in)] = i;
    for (auto& x : outputs_)
      last_use_[key_of(x)] = order_.size();
  }

  slot allocate(size_t results) {
    if (results == 1 && !free_.empty()) {
      auto x = free_.back();
      free_.pop_back();
      return x;
    }
    auto x = next_slot_;
    next_slot_ += static_cast<slot>(results);
    return x;
  }

  void release(slot x) {
    out_.released_.push_back(x);
    free_.push_back(x);
  }

  void emit(const graph_node& n) {
    instruction x;
    x.kernel = n.user ? nullptr : n.kind->run;
    x.origin = static_cast<uint32_t>(sources_.size());
    sources_.push_back({n.attrs, n.user ? n.user->clone() : nullptr,
                        display_name(n), n.file, n.line});
    x.first_arg = static_cast<uint32_t>(out_.args_.size());
    x.num_args = static_cast<uint32_t>(n.inputs.size());
    for (auto& in : n.inputs) {
      auto s = slots_.at(key_of(in));
      out_.args_.push_back(s);
      if (s < inputs_.size())
        out_.read_[s] = 1;
    }
    out_.max_args_ = std::max(out_.max_args_, n.inputs.size());
    x.num_results = static_cast<uint32_t>(n.outputs.size());
    x.first_result = allocate(n.outputs.size());
    x.first_release = static_cast<uint32_t>(out_.released_.size());
    auto position = out_.code_.size();
    for (size_t i = 0; i < n.outputs.size(); ++i)
      place_result({n.id, static_cast<uint16_t>(i)},
                   x.first_result + static_cast<slot>(i));
    for (size_t i = 0; i < n.inputs.size(); ++i)
      release_argument(n, i, position);
    x.num_releases
      = static_cast<uint32_t>(out_.released_.size()) - x.first_release;
    out_.code_.push_back(x);
  }

  void place_result(port_ref port, slot where) {
    // A port that is given as input keeps that slot even if the node runs for
    // the sake of another port.
    slots_.try_emplace(key_of(port), where);
    if (slots_.at(key_of(port)) != where || !last_use_.contains(key_of(port)))
      release(where);
  }

  void release_argument(const graph_node& n, size_t i, size_t position) {
    auto port = n.inputs[i];
    auto s = slots_.at(key_of(port));
    auto repeated = std::find(n.inputs.begin(), n.inputs.begin() + i, port)
                    != n.inputs.begin() + i;
    if (s >= first_temporary_ && !repeated
        && last_use_.at(key_of(port)) == position)
      release(s);
  }

  void finish_outputs() {
    for (auto& x : outputs_)
      out_.outputs_.push_back(slots_.at(key_of(x)));
    std::unordered_set<slot> later;
    out_.moved_.resize(outputs_.size());
    for (auto i = outputs_.size(); i-- > 0;) {
      auto s = out_.outputs_[i];
      out_.moved_[i] = later.insert(s).second && s >= first_temporary_;
      if (s < inputs_.size())
        out_.read_[s] = 1;
    }
    out_.num_slots_ = next_slot_;
    out_.sources_ = std::make_shared<const std::vector<program::source>>(
      std::move(sources_));
  }

  const graph_data& graph_;
  std::span<const port_ref> inputs_;
  std::span<const port_ref> outputs_;
  program out_;
  std::vector<program::source> sources_;
  std::unordered_map<uint64_t, slot> slots_;
  std::unordered_map<uint64_t, size_t> last_use_;
  std::vector<node_id> constants_;
  std::vector<node_id> order_;
  std::vector<slot> free_;
  slot next_slot_ = 0;
  slot first_temporary_ = 0;
};

result<program> program::make(const graph_data& g,
                              std::span<const port_ref> inputs,
                              std::span<const port_ref> outputs) {
  return program_compiler{g, inputs, outputs}.compile();
}

} // namespace morph
