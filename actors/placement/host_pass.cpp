#include <morph/actors/placement/host_pass.hpp>

#include <algorithm>

namespace morph::placement {

namespace {

/// Fills the parts, first with what comes from elsewhere.
class splitter {
public:
  splitter(const instance& x, std::span<const index> assignment)
    : x_(x), p_(*x.source), assignment_(assignment), parts_(x.hosts) {
    // nop
  }

  std::vector<host_part> run() {
    for (auto v : x_.order)
      for (auto e : x_.in[v])
        if (crosses(e))
          import(p_.edges[e]);
    for (auto& part : parts_)
      part.imports = part.size();
    position_.assign(x_.nodes, none);
    next_import_.assign(x_.hosts, 0);
    for (auto v : x_.order)
      add(v);
    return std::move(parts_);
  }

private:
  bool crosses(index e) const {
    return assignment_[p_.edges[e].from] != assignment_[p_.edges[e].to];
  }

  /// Links bring a value once for each edge.
  void import(const edge& e) {
    auto& part = parts_[assignment_[e.to]];
    auto counts = p_.nodes[e.from].value_bytes > 0.0;
    place(part, e.from, counts ? e.forward_bytes : 0.0);
    part.seconds.push_back(0.0);
    part.must_keep.push_back(1);
    part.reads_own.push_back(0);
  }

  void add(index v) {
    auto host = assignment_[v];
    auto& part = parts_[host];
    const auto& info = p_.nodes[v];
    auto remote = std::any_of(x_.out[v].begin(), x_.out[v].end(),
                              [this](auto e) { return crosses(e); });
    position_[v] = part.size();
    place(part, v, info.value_bytes);
    part.seconds.push_back(x_.forward(v, host));
    part.must_keep.push_back(remote || !info.recomputable
                             || info.value_bytes == 0.0);
    part.reads_own.push_back(info.reads_outputs);
    for (auto e : x_.in[v]) {
      auto from
        = crosses(e) ? next_import_[host]++ : position_[p_.edges[e].from];
      part.all_uses.push_back({from, p_.edges[e].read_backward});
      ++part.consumers[from];
    }
  }

  static void place(host_part& part, index v, double bytes) {
    part.node.push_back(v);
    part.bytes.push_back(bytes);
    part.consumers.push_back(0);
    part.first_use.push_back(static_cast<index>(part.all_uses.size()));
  }

  const instance& x_;
  const problem& p_;
  std::span<const index> assignment_;
  std::vector<host_part> parts_;
  std::vector<index> position_;    // by node, on its host
  std::vector<index> next_import_; // by host
};

} // namespace

std::vector<host_part> split(const instance& x,
                             std::span<const index> assignment) {
  return splitter{x, assignment}.run();
}

pass_usage host_pass::run(std::span<const char> drop) {
  drop_ = drop;
  usage_ = {};
  held_ = 0;
  count_holders();
  forward();
  backward();
  return usage_;
}

void host_pass::count_holders() {
  auto n = g_.size();
  recalled_.assign(n, 0);
  waiting_ = g_.consumers;
  holders_.resize(n);
  for (index i = 0; i < n; ++i) {
    holders_[i] = !drop_[i] && g_.reads_own[i];
  }
  for (index i = g_.imports; i < n; ++i)
    for (auto& x : g_.uses(i))
      holders_[x.value] += !drop_[x.value] && (x.read_backward || drop_[i]);
}

void host_pass::forward() {
  for (index i = 0; i < g_.size(); ++i) {
    grow(g_.bytes[i]);
    for (auto& x : g_.uses(i))
      if (--waiting_[x.value] == 0 && holders_[x.value] == 0)
        held_ -= g_.bytes[x.value];
    if (g_.consumers[i] == 0 && holders_[i] == 0)
      held_ -= g_.bytes[i];
  }
}

void host_pass::backward() {
  for (auto i = g_.size(); i-- > g_.imports;) {
    for (auto& x : g_.uses(i))
      if (x.read_backward && drop_[x.value] && !recalled_[x.value])
        recall(x.value);
    if (drop_[i] && g_.reads_own[i] && !recalled_[i])
      recall(i);
    for (auto& x : g_.uses(i))
      if (!drop_[x.value] && (x.read_backward || drop_[i]))
        let_go(x.value);
    if (!drop_[i] && g_.reads_own[i])
      let_go(i);
    if (recalled_[i])
      held_ -= g_.bytes[i];
  }
}

/// Runs `i` again, and before it what it depends on.
void host_pass::recall(index i) {
  stack_.assign(1, i);
  recalled_[i] = 1;
  while (!stack_.empty()) {
    auto j = stack_.back();
    stack_.pop_back();
    grow(g_.bytes[j]);
    usage_.seconds += g_.seconds[j];
    for (auto& x : g_.uses(j))
      if (drop_[x.value] && !recalled_[x.value]) {
        recalled_[x.value] = 1;
        stack_.push_back(x.value);
      }
  }
}

void host_pass::grow(double bytes) {
  held_ += bytes;
  usage_.peak = std::max(usage_.peak, held_);
}

/// One backward less needs the value.
void host_pass::let_go(index value) {
  if (--holders_[value] == 0)
    held_ -= g_.bytes[value];
}

} // namespace morph::placement
