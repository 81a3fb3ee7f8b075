#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/runtime/cluster.hpp>
#include <morph/apps/morph/actor_world.hpp>
#include <morph/apps/morph/child_hosts.hpp>
#include <morph/apps/morph/interrupt.hpp>
#include <morph/apps/morph/key.hpp>
#include <morph/apps/morph/measures.hpp>
#include <morph/apps/morph/plugins.hpp>
#include <morph/apps/morph/verification.hpp>
#include <morph/graph/clock.hpp>

#include <algorithm>
#include <cstring>

namespace morph::cli {

namespace {

constexpr int64_t generated_rows = 640;
constexpr size_t most_hosts = 3;

/// Makes the runtimes in turn.
class places {
public:
  explicit places(const std::vector<std::string>& plugins)
    : key_(make_key()), children_({most_hosts, 1, key_, plugins}), world_(1) {
    // nop
  }

  static std::vector<std::string> names() {
    return {"inline",     "threads(1)", "threads(2)",
            "cluster(1)", "cluster(2)", "cluster(3)"};
  }

  std::unique_ptr<runtime> make(size_t i) {
    if (i == 0)
      return std::make_unique<inline_runtime>();
    if (i < 3)
      return std::make_unique<thread_runtime>(i);
    cluster_options options;
    options.key = key_;
    for (size_t h = 0; h + 2 < i; ++h)
      options.hosts.push_back(children_.hosts()[h].where);
    return std::make_unique<cluster>(world_.system(), options);
  }

private:
  std::string key_;
  child_hosts children_;
  actor_world world_;
};

/// Pins the nodes `free` to `hosts` hosts in turn; to none if there are none.
void deal_out(const graph& g, const std::vector<node_id>& free, size_t hosts) {
  for (size_t i = 0; i < free.size(); ++i)
    g.at({free[i], 0})
      .pin(hosts > 0 ? "a" + std::to_string(i % hosts + 1) : "");
}

/// Nodes that run somewhere and that the user has not pinned.
std::vector<node_id> free_nodes(const graph& g) {
  std::vector<node_id> out;
  for (auto& n : g.data()->nodes)
    if (n.hint.pin.empty() && !n.user && !n.is(builtin::input)
        && !n.is(builtin::constant))
      out.push_back(n.id);
  return out;
}

parameter_map run_once(runtime& rt, const task& job,
                       const training_options& how, verified_run& about) {
  auto target = minimise(job.model.loss, make_optimiser(how)).clip(how.clip);
  session s{rt, job.model.g, target};
  progress silent{how.steps, 1, false};
  auto batches = make_batches(job.model, job.examples.sets.train, how);
  auto out = train(s, job.model, batches, how.steps, false, silent);
  if (out.failed)
    throw failure{*out.failed};
  about.sha256 = fingerprint(out.parameters);
  about.seconds_per_step
    = out.seconds / static_cast<double>(std::max<uint64_t>(1, out.steps));
  return std::move(out.parameters);
}

} // namespace

std::string first_difference(const parameter_map& a, const parameter_map& b) {
  for (auto& [name, x] : a) {
    auto i = b.find(name);
    if (i == b.end() || i->second.type() != x.type()
        || !(i->second.shape() == x.shape()))
      return "'" + name + "' is missing or of another type";
    auto size = size_of(x.type());
    for (int64_t k = 0; k < x.elements(); ++k) {
      auto at = static_cast<size_t>(k) * size;
      if (std::memcmp(x.raw().data() + at, i->second.raw().data() + at, size)
          != 0)
        return "'" + name + "' differs first at element " + std::to_string(k);
    }
  }
  return a.size() == b.size() ? "" : "there are more parameters";
}

verification verify(const verify_call& x,
                    const std::function<void(const verified_run&)>& each) {
  load_plugins(x.plugins);
  auto job = read_task(x.model, x.examples, generated_rows);
  auto how = x.training;
  auto rows = std::max<int64_t>(1, job.examples.sets.train.size());
  how.epochs = static_cast<int64_t>(how.steps) * how.batch / rows + 1;
  verification out;
  out.source = job.examples.source;
  places where{x.plugins};
  auto names = places::names();
  auto free = free_nodes(job.model.g);
  for (std::string method : {"sgd", "adam"}) {
    how.method = method;
    parameter_map expected;
    std::string line = method + ": ";
    auto same = true;
    for (size_t i = 0; i < names.size(); ++i) {
      for (int turn = 1; turn <= x.turns; ++turn) {
        if ((out.interrupted = interrupted()))
          return out;
        verified_run run;
        run.place = names[i];
        run.method = method;
        run.turn = turn;
        run.dealt_out = i > 3 && turn % 2 == 0;
        deal_out(job.model.g, free, run.dealt_out ? i - 2 : 0);
        auto start = now_ns();
        auto rt = where.make(i);
        auto found = run_once(*rt, job, how, run);
        rt.reset();
        run.seconds = static_cast<double>(now_ns() - start) * 1e-9;
        each(run);
        if (out.runs.empty() || out.runs.back().method != method)
          expected = found;
        out.runs.push_back(run);
        if (auto what = first_difference(expected, found); !what.empty()) {
          same = false;
          out.differences.push_back(method + ", " + names[i] + ", run "
                                    + std::to_string(turn)
                                    + " is not as inline: " + what);
        }
      }
      line += (i > 0 ? " = " : "") + names[i];
    }
    if (same)
      out.summary.push_back(line + ": identical, sha256 "
                            + fingerprint(expected));
  }
  return out;
}

} // namespace morph::cli
