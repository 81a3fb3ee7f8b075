#include <morph/actors/remote/branch_service.hpp>
#include <morph/actors/remote/function_table.hpp>
#include <morph/actors/remote/lane.hpp>
#include <morph/actors/task/actor_tasks.hpp>
#include <morph/transport/link.hpp>

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>

namespace morph::tasks {

namespace {

/// More orders than that do not overtake each other.
constexpr size_t max_early = 1024;

constexpr size_t max_lanes = 8;

void send_reports(const caf::actor& link, blob body) {
  compat::anon_send(link,
                    control{0, 0, static_cast<uint16_t>(verb::branches_done),
                            std::move(body)});
}

} // namespace

branch_service::branch_service(caf::actor_system& sys, std::string host_name)
  : sys_(sys), name_(std::move(host_name)),
    lanes_(std::make_shared<std::atomic<int64_t>>(0)) {
  // nop
}

branch_service::~branch_service() {
  drop_all();
}

branch_service::guest& branch_service::guest_of(const caf::actor& link) {
  auto [i, is_new] = guests_.try_emplace(link);
  if (!is_new)
    return i->second;
  if (!tasks_)
    tasks_ = std::make_unique<actor_tasks>(sys_, name_);
  auto workers = sys_.scheduler().num_workers();
  for (size_t n = std::clamp<size_t>(workers, 1, max_lanes); n > 0; --n) {
    auto report = [link](blob body) { send_reports(link, std::move(body)); };
    i->second.lanes.push_back(std::make_shared<lane>(lanes_, report));
    i->second.lanes.back()->open(*tasks_);
  }
  return i->second;
}

void branch_service::receive(const caf::actor& link, const blob& body) {
  auto x = read_orders(body);
  auto& g = guest_of(link);
  if (!x || x->number < g.next || g.early.size() >= max_early
      || !g.early.try_emplace(x->number, std::move(*x)).second) {
    compat::anon_send(link, close_link{});
    return;
  }
  for (auto i = g.early.begin(); i != g.early.end() && i->first == g.next;
       i = g.early.erase(i)) {
    carry_out(link, g, i->second);
    ++g.next;
  }
}

void branch_service::carry_out(const caf::actor& link, guest& g,
                               branch_orders& x) {
  report_writer refused;
  std::vector<const remote_function*> functions;
  for (auto& n : x.names) {
    auto* f = find_function(n.name);
    functions.push_back(f && f->signature == n.signature ? f : nullptr);
  }
  std::vector<lane::orders> out(g.lanes.size());
  for (auto& s : x.starts) {
    if (auto* f = functions[s.function])
      out[s.id % out.size()].starts.emplace_back(f, std::move(s));
    else
      refused.add(s.id, branch_end::failed, 0, 0,
                  write_error(unknown(x.names[s.function])));
  }
  for (auto& o : out)
    o.cancels = x.cancels;
  for (size_t i = 0; i < out.size(); ++i)
    if (!out[i].starts.empty() || !out[i].cancels.empty())
      g.lanes[i]->deliver(std::move(out[i]));
  if (!refused.empty())
    send_reports(link, refused.take());
}

error branch_service::unknown(const function_name& x) const {
  auto known = find_function(x.name) != nullptr;
  auto text
    = known ? "host '" + name_ + "' knows another function as '" + x.name + "'"
            : "host '" + name_ + "' knows no function '" + x.name + "'";
  return error{errc::unknown_node_type, std::move(text)}.remedy(
    known ? "build all processes from the same sources"
          : "link a morph::remote_task of this name into the host, or load it "
            "there with --plugin");
}

void branch_service::drop(const caf::actor& link) {
  auto i = guests_.find(link);
  if (i == guests_.end())
    return;
  for (auto& x : i->second.lanes)
    x->close();
  guests_.erase(i);
}

void branch_service::drop_all() {
  while (!guests_.empty())
    drop(guests_.begin()->first);
}

void branch_service::add_to(host_counts& x) const {
  if (!tasks_)
    return;
  auto now = tasks_->counts();
  auto lanes = lanes_->load();
  x.branches
    += static_cast<uint64_t>(std::max<int64_t>(now.branches - lanes, 0));
  x.timers += static_cast<uint64_t>(std::max<int64_t>(now.timers, 0));
}

} // namespace morph::tasks
