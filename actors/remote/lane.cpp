#include <morph/actors/remote/lane.hpp>
#include <morph/graph/clock.hpp>

namespace morph::tasks {

// -- served -------------------------------------------------------------------

served::served(lane& where, uint64_t n) noexcept
  : in(where.shared_from_this()), id(n), arrived_ns(now_ns()) {
  // nop
}

bool served::is_over() noexcept {
  auto guard = in;
  guard->report(*this); // deletes this
  return false;
}

// -- what is posted -------------------------------------------------------------

class lane::mail final : public work {
public:
  mail(std::shared_ptr<lane> to, orders x)
    : to_(std::move(to)), orders_(std::move(x)) {
    // nop
  }

  void run(strand&) noexcept override {
    to_->handle(orders_);
    delete this;
  }

private:
  std::shared_ptr<lane> to_;
  orders orders_;
};

/// Comes behind what else is to be done now, so that one body holds it all.
class lane::flush final : public work {
public:
  explicit flush(std::shared_ptr<lane> of) : of_(std::move(of)) {
    // nop
  }

  void run(strand&) noexcept override {
    of_->flush_due_ = false;
    of_->send();
    delete this;
  }

private:
  std::shared_ptr<lane> of_;
};

/// Until the lane is closed.
class lane::reception final : public suspension {
public:
  bool await_ready() const noexcept {
    return false;
  }

  template <task_promise P>
  bool await_suspend(std::coroutine_handle<P> h) {
    auto& me = *h.promise().core;
    if (me.interrupted())
      return false;
    me.suspend(*this, h);
    return true;
  }

  void await_resume() const noexcept {
    // nop
  }

  void detach() noexcept override {
    // nop
  }

  std::string what() const override {
    return "its driver";
  }
};

// -- lane ---------------------------------------------------------------------

lane::lane(std::shared_ptr<std::atomic<int64_t>> lanes,
           std::function<void(blob)> report)
  : lanes_(std::move(lanes)), send_(std::move(report)) {
  ++*lanes_;
}

lane::~lane() {
  --*lanes_;
}

void lane::open(task_runtime& on) {
  auto x
    = start(on, receive, shared_from_this(), named{"branches of a driver"});
  auto& root = *access::of(x.handle());
  strand_ = strand_ptr{root.home()};
  task_ = std::make_unique<started<void>>(std::move(x));
}

void lane::close() {
  if (task_)
    task_->cancel();
}

task<void> lane::receive(context& self, std::shared_ptr<lane> me) {
  me->root_ = &self.branch_of();
  co_await reception{};
  me->open_ = false;
}

void lane::deliver(orders x) {
  strand_->post(*new mail{shared_from_this(), std::move(x)});
}

scope_core& lane::scope() noexcept {
  return root_->implicit;
}

task_runtime& lane::runtime() noexcept {
  return strand_->runtime();
}

void lane::handle(orders& x) {
  if (!open_ || !root_)
    return; // its driver is gone
  for (auto& [f, request] : x.starts) {
    try {
      f->serve(*this, *f, request);
    } catch (...) {
      report_error(request.id, error_of(std::current_exception()));
    }
  }
  static const reason_ptr why
    = make_reason(errc::cancelled, "its driver cancelled it");
  // What ends at once leaves the map while it is walked.
  std::vector<branch_ref<branch_core>> all;
  for (auto& range : x.cancels)
    for (auto i = live_.lower_bound(range.first);
         i != live_.end() && i->first <= range.last; ++i) {
      i->second->cancelled = true;
      all.emplace_back(&i->second->branch());
    }
  for (auto& y : all)
    y->cancel(why);
}

void lane::add(std::unique_ptr<served> x) {
  auto id = x->id;
  live_.insert_or_assign(live_.end(), id, std::move(x));
}

void lane::report(served& x) noexcept {
  auto now = now_ns();
  auto stay = now - x.arrived_ns;
  try {
    std::vector<std::byte> content;
    auto how = branch_end::done;
    if (auto* e = x.branch().problem()) {
      auto asked = x.cancelled && e->code == errc::cancelled;
      how = asked ? branch_end::cancelled : branch_end::failed;
      if (!asked)
        content = write_error(x.branch().named_problem());
    } else {
      byte_writer f;
      x.write_result(f);
      content = f.take();
    }
    if (content.size() > max_travelling)
      throw failure{{errc::frame_too_large, "the result of a branch has "
                                              + std::to_string(content.size())
                                              + " bytes"}};
    report(x.id, how, x.run_ns(), stay, content);
  } catch (...) {
    report_error(x.id, error_of(std::current_exception()));
  }
  live_.erase(x.id);
}

void lane::report_error(uint64_t id, const error& x) {
  report(id, branch_end::failed, 0, 0, write_error(x));
}

void lane::report(uint64_t id, branch_end how, int64_t run_ns, int64_t stay_ns,
                  const std::vector<std::byte>& content) {
  reports_.add(id, how, run_ns, stay_ns, content);
  if (reports_.size() >= full_body) {
    send();
  } else if (!flush_due_) {
    flush_due_ = true;
    strand_->post(*new flush{shared_from_this()});
  }
}

void lane::send() {
  if (!reports_.empty())
    send_(reports_.take());
}

} // namespace morph::tasks
