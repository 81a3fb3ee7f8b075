#include <morph/actors/remote/cluster_placer.hpp>
#include <morph/actors/task/task_runtime.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <mutex>

namespace morph::tasks {

namespace {

std::string micros(double ns) {
  char text[32];
  std::snprintf(text, sizeof(text), ns < 100'000 ? "%.1f us" : "%.0f us",
                ns / 1000);
  return text;
}

} // namespace

cluster_placer::cluster_placer(std::string driver_name, bool include_driver,
                               lines xs)
  : driver_name_(std::move(driver_name)), include_driver_(include_driver),
    lines_(std::move(xs)) {
  // nop
}

bool cluster_placer::is_driver(std::string_view name,
                               const task_runtime& rt) const {
  return name == driver_name_ || name == rt.name();
}

branch_line* cluster_placer::find_line(std::string_view name) const {
  for (auto& x : lines_)
    if (x->name() == name)
      return x.get();
  return nullptr;
}

result<branch_site> cluster_placer::place(const branch_hints& hints,
                                          const task_runtime& rt) {
  auto stays_here = [&] {
    if (hints.function)
      hints.function->here.fetch_add(1, std::memory_order_relaxed);
    auto local = hints;
    local.host = {};
    return local_.place(local, rt);
  };
  if (hints.host.empty()) {
    if (!goes(hints, rt))
      return stays_here();
  } else if (is_driver(hints.host, rt)) {
    return stays_here();
  } else if (!find_line(hints.host)) {
    auto text = "no host is called '" + std::string{hints.host} + "'; there is";
    for (auto& x : hosts(rt))
      text += " '" + x + "'";
    return fail(errc::unknown_host, std::move(text));
  } else if (!hints.function) {
    return fail(hints.why_it_stays());
  }
  hints.function->elsewhere.fetch_add(1, std::memory_order_relaxed);
  return branch_site::elsewhere;
}

bool cluster_placer::goes(const branch_hints& hints, const task_runtime& rt) {
  if (!hints.function || hints.keep_local)
    return false;
  if (hints.spread) {
    // The driver takes its turn.
    auto sites = lines_.size() + (include_driver_ ? 1 : 0);
    return turn_.fetch_add(1, std::memory_order_relaxed) % sites
           < lines_.size();
  }
  if (hints.needs_overlap)
    return false; // it may talk to its owner
  auto work = hints.function->run_ns.get();
  return work > cheapest_message_ns(*hints.function)
         && !(include_driver_ && rt.wants_strands());
}

int64_t cluster_placer::cheapest_message_ns(const known_function& f) const {
  auto out = std::numeric_limits<int64_t>::max();
  for (auto& x : lines_)
    if (!x->lost())
      out = std::min(out, static_cast<int64_t>(x->message_ns(f.bytes.get())));
  return out;
}

std::vector<std::string> cluster_placer::hosts(const task_runtime&) const {
  std::vector<std::string> out{driver_name_};
  for (auto& x : lines_)
    out.push_back(x->name());
  return out;
}

known_function* cluster_placer::find(const function_key& key) {
  if (!key.address)
    return nullptr;
  auto n = num_functions();
  {
    std::shared_lock guard{mutex_};
    if (n == registered_)
      if (auto i = by_key_.find(key); i != by_key_.end())
        return i->second;
  }
  std::unique_lock guard{mutex_};
  if (std::exchange(registered_, n) != n)
    std::erase_if(by_key_, [](auto& x) { return !x.second; });
  auto& out = by_key_[key];
  if (auto* row = out ? nullptr : find_function(key)) {
    auto& f = functions_[row->name];
    if (!f)
      f = std::make_unique<known_function>(*row);
    out = f.get();
  }
  return out;
}

remote_line& cluster_placer::line_for(const branch_hints& hints) {
  if (auto* x = hints.host.empty() ? nullptr : find_line(hints.host))
    return *x;
  return balancer_;
}

branch_line* cluster_placer::idlest() {
  // Equal hosts take turns.
  auto first = host_turn_.fetch_add(1, std::memory_order_relaxed);
  branch_line* out = nullptr;
  for (size_t i = 0; i < lines_.size(); ++i) {
    auto& x = *lines_[(first + i) % lines_.size()];
    if (!out || (out->lost() && !x.lost())
        || (out->lost() == x.lost() && x.load() < out->load()))
      out = &x;
  }
  return out;
}

void cluster_placer::balancer::start(remote_call& x) {
  x.line = whose_.idlest();
  x.line->start(x);
}

void cluster_placer::balancer::cancel(remote_call&) {
  // Whoever was started has a line of its own.
}

std::string cluster_placer::balancer::name() const {
  return "whichever has the least to do";
}

std::string cluster_placer::explain() const {
  std::shared_lock guard{mutex_};
  std::string out;
  for (auto& [name, f] : functions_)
    out += explain(*f);
  for (auto& x : lines_)
    out
      += "host '" + x->name() + "': " + std::to_string(x->live())
         + " branches, a message "
         + (x->lost()       ? std::string{"reaches it no more"}
            : x->measured() ? "takes " + micros(x->message_ns(0))
                            : "is thought to take " + micros(x->message_ns(0)))
         + "\n";
  return out;
}

std::string cluster_placer::explain(const known_function& f) const {
  auto out = "function '" + f.what->name + "': " + std::to_string(f.here.load())
             + " branches here, " + std::to_string(f.elsewhere.load())
             + " elsewhere; ";
  if (f.run_ns.count() == 0)
    return out + "none is done, so without a hint they stay here\n";
  auto work = f.run_ns.get();
  auto message = cheapest_message_ns(f);
  if (message == std::numeric_limits<int64_t>::max())
    return out + "all hosts are lost\n";
  return out + "a run takes " + micros(static_cast<double>(work))
         + ", its messages " + micros(static_cast<double>(message))
         + ": without a hint they "
         + (work <= message   ? "stay here\n"
            : include_driver_ ? "go elsewhere while processors here are busy\n"
                              : "go elsewhere\n");
}

} // namespace morph::tasks
