#include <morph/apps/morph/event_notes.hpp>

#include <utility>

namespace morph::cli {

void event_notes::add(const event& x) {
  std::lock_guard guard{mutex_};
  // Single nodes are too many for lines; what fails ends the run and is told
  // then.
  if (std::holds_alternative<node_moved>(x.what)
      || std::holds_alternative<step_failed>(x.what))
    return;
  lines_.push_back(to_string(x.what));
  if (auto* y = std::get_if<plan_changed>(&x.what))
    changes_.push_back(*y);
  else if (auto* z = std::get_if<host_lost>(&x.what))
    lost_.push_back(z->host);
}

std::vector<std::string> event_notes::take() {
  std::lock_guard guard{mutex_};
  return std::exchange(lines_, {});
}

std::vector<plan_changed> event_notes::plan_changes() const {
  std::lock_guard guard{mutex_};
  return changes_;
}

std::vector<std::string> event_notes::lost_hosts() const {
  std::lock_guard guard{mutex_};
  return lost_;
}

} // namespace morph::cli
