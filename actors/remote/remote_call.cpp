#include <morph/actors/remote/remote_call.hpp>
#include <morph/actors/task/task_runtime.hpp>
#include <morph/graph/clock.hpp>

namespace morph::tasks {

void remote_call::start() {
  started_ns = now_ns();
  who->suspend(*this, std::noop_coroutine());
  line->start(*this);
}

void remote_call::end() {
  who->unsuspend();
  arguments = {};
  who->returned();
}

void remote_call::ask_to_end() noexcept {
  if (!std::exchange(cancel_sent_, true))
    line->cancel(*this);
}

std::string remote_call::what() const {
  return "host '" + line->name() + "'";
}

error remote_call::problem() const {
  if (was_cancelled())
    return {errc::cancelled, "host '" + line->name() + "' ends"};
  auto x = read_error(report.content);
  if (report.how == branch_end::failed && !x.where.line) {
    x.where = who->where();
    x.message += " (on host '" + line->name() + "')";
  }
  return x;
}

} // namespace morph::tasks
