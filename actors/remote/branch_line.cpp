#include <morph/actors/host/verbs.hpp>
#include <morph/actors/remote/branch_line.hpp>
#include <morph/graph/clock.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/compat/monitor.hpp>
#include <morph/transport/link.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace morph::tasks {

/// Something waits to be sent.
struct flush_line {};

} // namespace morph::tasks

MORPH_LOCAL_MESSAGE(morph::tasks::flush_line)

namespace morph::tasks {

namespace {

/// What a message is thought to cost before one was measured.
constexpr double assumed_message_ns = 500'000;

/// Messages up to this size measure the latency, larger ones the bandwidth.
constexpr int64_t small_message = 16 << 10;

/// Ends calls on the strand that they wait on.
class endings final : public work {
public:
  explicit endings(
    std::vector<std::pair<branch_ref<branch_core>, remote_call*>> xs)
    : calls_(std::move(xs)) {
    // nop
  }

  void run(strand&) noexcept override {
    for (auto& [branch, call] : calls_)
      call->end();
    delete this;
  }

private:
  std::vector<std::pair<branch_ref<branch_core>, remote_call*>> calls_;
};

} // namespace

class branch_line::line_actor final : public caf::event_based_actor {
public:
  line_actor(caf::actor_config& cfg, std::string host,
             std::shared_ptr<shared> x, caf::actor link)
    : event_based_actor(cfg), name_(std::move(host)), shared_(std::move(x)),
      link_(std::move(link)) {
    // nop
  }

protected:
  caf::behavior make_behavior() override {
    // It may have been lost before anybody could tell.
    compat::on_down(this, link_, [this](const caf::error& x) {
      lose(error{errc::host_lost,
                 "host '" + name_ + "' is lost: " + compat::render(x)});
    });
    return {
      [this](flush_line) { flush(); },
      [this](const control& x) {
        if (x.verb == static_cast<uint16_t>(verb::branches_done))
          receive(x.body);
      },
      [this](const link_down& x) {
        lose(error{errc::host_lost,
                   "host '" + name_ + "' is lost: " + x.what.message});
      },
    };
  }

private:
  using list = std::vector<call_ref>;

  void flush() {
    list starts;
    list cancels;
    {
      std::lock_guard guard{shared_->mutex};
      starts.swap(shared_->starts);
      cancels.swap(shared_->cancels);
      shared_->flush_due = false;
    }
    if (why_lost_) {
      for (auto& x : starts)
        take_loss(x);
      end(std::move(starts));
      return;
    }
    for (auto& x : starts)
      send(x);
    for (auto& [branch, call] : cancels)
      if (calls_.count(call->id) > 0)
        orders_.cancel(call->id);
    send_orders();
  }

  void send(call_ref& x) {
    auto& call = *x.second;
    auto& f = *call.function->what;
    auto [i, is_new]
      = names_.try_emplace(&f, static_cast<uint32_t>(orders_.names.size()));
    if (is_new)
      orders_.names.push_back({f.name, f.signature});
    call.id = ++last_id_;
    start_request y;
    y.id = call.id;
    y.function = i->second;
    y.priority = call.who->priority;
    if (auto& due = call.who->due)
      y.remaining_ns
        = (*due - task_time{std::chrono::nanoseconds{now_ns()}}).count();
    y.arguments = call.arguments;
    bytes_ += f.name.size() + y.arguments.size() + sizeof(start_request);
    orders_.starts.push_back(std::move(y));
    calls_.emplace(call.id, std::move(x));
    if (bytes_ >= full_body)
      send_orders();
  }

  void send_orders() {
    if (orders_.empty())
      return;
    orders_.number = ++last_number_;
    compat::anon_send(link_,
                      control{0, 0, static_cast<uint16_t>(verb::branches),
                              write_orders(orders_)});
    orders_ = {};
    names_.clear();
    bytes_ = 0;
  }

  void receive(const blob& body) {
    auto reports = read_reports(body);
    if (!reports) {
      compat::anon_send(link_, close_link{});
      return;
    }
    list ended;
    auto now = now_ns();
    for (auto& x : *reports) {
      auto i = calls_.find(x.id);
      if (i == calls_.end())
        continue;
      auto& call = *i->second.second;
      if (x.how == branch_end::done)
        learn(call, x, now);
      call.report = std::move(x);
      ended.push_back(std::move(i->second));
      calls_.erase(i);
    }
    end(std::move(ended));
  }

  void learn(const remote_call& call, const branch_report& x, int64_t now) {
    auto bytes = static_cast<int64_t>(call.arguments.size() + x.content.size());
    auto trip = std::max<int64_t>(now - call.started_ns - x.stay_ns, 0);
    call.function->run_ns.add(x.run_ns);
    call.function->bytes.add(bytes);
    if (bytes <= small_message) {
      shared_->trip_ns.add(trip);
    } else {
      auto more = std::max<int64_t>(trip - shared_->trip_ns.get(), 0);
      shared_->picos_per_byte.add(more * 1000 / bytes);
    }
  }

  void lose(error why) {
    if (why_lost_)
      return;
    why_lost_ = std::move(why);
    shared_->lost.store(true, std::memory_order_release);
    list ended;
    for (auto& [id, x] : calls_) {
      take_loss(x);
      ended.push_back(std::move(x));
    }
    calls_.clear();
    end(std::move(ended));
  }

  void take_loss(call_ref& x) {
    x.second->report.how = branch_end::lost;
    x.second->report.content = blob{write_error(*why_lost_)};
  }

  /// Posts the ends to the strands concerned.
  void end(list xs) {
    shared_->live.fetch_sub(static_cast<int64_t>(xs.size()),
                            std::memory_order_relaxed);
    // Strands in the order of the reports: that of their addresses would be
    // another one in each run.
    std::vector<std::pair<strand*, list>> by_strand;
    std::unordered_map<strand*, size_t> place;
    for (auto& x : xs) {
      auto* home = x.first->home();
      auto [i, is_new] = place.try_emplace(home, by_strand.size());
      if (is_new)
        by_strand.emplace_back(home, list{});
      by_strand[i->second].second.push_back(std::move(x));
    }
    for (auto& [where, calls] : by_strand) {
      strand_ptr guard{where}; // the branches keep it until they have ended
      where->post(*new endings{std::move(calls)});
    }
  }

  std::string name_;
  std::shared_ptr<shared> shared_;
  caf::actor link_;
  std::optional<error> why_lost_;
  std::unordered_map<uint64_t, call_ref> calls_;
  uint64_t last_id_ = 0;
  uint64_t last_number_ = 0;
  branch_orders orders_;
  std::map<const remote_function*, uint32_t> names_;
  size_t bytes_ = 0;
};

branch_line::branch_line(caf::actor_system& sys, std::string host,
                         uint32_t workers, const caf::actor& link)
  : host_(std::move(host)), workers_(std::max(1u, workers)),
    state_(std::make_shared<shared>()),
    actor_(sys.spawn<line_actor, caf::hidden>(host_, state_, link)) {
  // nop
}

branch_line::~branch_line() {
  compat::stop(actor_);
}

void branch_line::start(remote_call& x) {
  state_->live.fetch_add(1, std::memory_order_relaxed);
  push(state_->starts, x);
}

void branch_line::cancel(remote_call& x) {
  push(state_->cancels, x);
}

void branch_line::push(std::vector<call_ref>& to, remote_call& x) {
  {
    std::lock_guard guard{state_->mutex};
    to.emplace_back(branch_ref<branch_core>{x.who}, &x);
    if (std::exchange(state_->flush_due, true))
      return;
  }
  compat::anon_send(actor_, flush_line{});
}

double branch_line::message_ns(int64_t bytes) const noexcept {
  auto& s = *state_;
  auto once = s.trip_ns.count() > 0 ? static_cast<double>(s.trip_ns.get())
                                    : assumed_message_ns;
  return once
         + static_cast<double>(s.picos_per_byte.get())
             * static_cast<double>(bytes) / 1000;
}

} // namespace morph::tasks
