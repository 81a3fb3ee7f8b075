#include <morph/actors/bridge/step.hpp>

#include <atomic>
#include <optional>
#include <stop_token>

namespace morph {

namespace {

/// Whoever comes first, the step or the stop request, completes the wait.
class wait : public std::enable_shared_from_this<wait> {
public:
  explicit wait(io_callback<step_values> done) : done_(std::move(done)) {
    // nop
  }

  void begin(const step_handle& x, const std::stop_token& stop) {
    if (stop.stop_possible())
      stop_.emplace(stop, cancel{this});
    x.then([self = shared_from_this()](const result<step_values>& y) {
      self->complete(y);
    });
  }

private:
  struct cancel {
    wait* self;

    void operator()() const {
      if (auto x = self->weak_from_this().lock())
        x->complete(io_cancelled());
    }
  };

  void complete(result<step_values> x) {
    if (taken_.exchange(true))
      return;
    auto done = std::move(done_);
    done(std::move(x));
  }

  io_callback<step_values> done_;
  std::atomic<bool> taken_{false};
  std::optional<std::stop_callback<cancel>> stop_;
};

} // namespace

io_operation<step_values> outcome_of(step_handle x) {
  return io_operation<step_values>{io_operation<step_values>::starter{
    [x = std::move(x)](std::stop_token stop, io_callback<step_values> done) {
      std::make_shared<wait>(std::move(done))->begin(x, stop);
    }}};
}

void then_on(const step_handle& x, io_executor where,
             step_handle::continuation f) {
  x.then([where = std::move(where), f = std::move(f)](
           const result<step_values>& y) { where([f, y] { f(y); }); });
}

} // namespace morph
