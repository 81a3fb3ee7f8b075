#include <morph/actors/task/scope.hpp>
#include <morph/actors/task/timer.hpp>

#include <algorithm>

namespace morph {

namespace tasks {

namespace {

/// From a stop token of somebody else to the strand of a scope's owner.
class stop_link final : public work {
public:
  explicit stop_link(scope_core& in)
    : owner_(&in.owner()), at_(in.owner().home()), in_(&in) {
    // nop
  }

  /// From any thread, once.
  void fire() {
    at_->post(*this);
  }

  void detach() noexcept {
    in_ = nullptr;
    release();
  }

  void run(strand& on) noexcept override {
    if (!owner_->finished()) {
      if (owner_->home() != &on) {
        owner_->home()->post(*this);
        return;
      }
      if (in_)
        in_->cancel(
          make_reason(errc::cancelled, "its scope was stopped from outside"));
    }
    release();
  }

  void add_ref() noexcept {
    refs_.fetch_add(1, std::memory_order_relaxed);
  }

  void release() noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

private:
  ~stop_link() = default;

  std::atomic<uint32_t> refs_{1};
  branch_ref<branch_core> owner_;
  strand_ptr at_;
  scope_core* in_; ///< On the owner's strand.
};

struct fire_link {
  stop_link* x;

  void operator()() const {
    x->add_ref();
    x->fire();
  }
};

/// Keeps a link as long as its scope.
class link_holder {
public:
  link_holder(scope_core& in, const std::stop_token& token)
    : link_(new stop_link{in}), callback_(token, fire_link{link_}) {
    // nop
  }

  ~link_holder() {
    link_->detach();
  }

private:
  stop_link* link_;
  std::stop_callback<fire_link> callback_;
};

} // namespace

scope_base::scope_base(located_context self)
  : core_(new scope_core{self.self.branch_of()}) {
  core_->make_named(self.where);
}

scope_base::~scope_base() {
  core_->leave();
}

void scope_base::cancel() {
  core_->cancel(make_reason(errc::cancelled, "its scope was cancelled"));
}

void scope_base::apply(const at_most& x) {
  auto& limits = core_->extra()->limits;
  if (limits.size() == 32)
    throw failure{{errc::invalid_attribute, "a scope has at most 32 limits"}};
  if (x.what.most == 0)
    throw failure{
      {errc::invalid_attribute, "at_most(0) would let nothing run"}};
  limits.push_back(x.what);
}

void scope_base::apply(const deadline& x) {
  auto& owner = core_->owner();
  auto due = owner.home()->runtime().now() + x.after;
  auto& e = *core_->extra();
  e.due = due;
  if (e.timeout)
    e.timeout->cancel();
  e.timeout = timer::start(owner, due, e);
}

void scope_base::apply(const bounded& x) {
  core_->extra()->bound = x.n;
}

void scope_base::apply(const stop_when& x) {
  core_->extra()->links.push_back(
    std::make_shared<link_holder>(*core_, x.token));
}

} // namespace tasks

void joined_scope::check_borrowed(const void* x,
                                  std::source_location at) const {
  auto* first = static_cast<const char*>(inside_.first);
  auto* p = static_cast<const char*>(x);
  std::less_equal<> le;
  if (!first || !le(first, p) || le(first + inside_.second, p))
    return;
  error e{errc::dangling_borrow,
          "a local variable of the function inside with_scope dies before the "
          "scope is joined"};
  throw failure{std::move(e.at(to_string(place{at}), at))};
}

} // namespace morph
