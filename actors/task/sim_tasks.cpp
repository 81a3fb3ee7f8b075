#include <morph/actors/task/sim_tasks.hpp>

namespace morph {

sim_tasks::~sim_tasks() {
  shut_down();
}

void sim_tasks::pass_time(std::unique_lock<std::mutex>&, task_time due) {
  clock_.advance_to(due);
  choice_.note(static_cast<uint64_t>(due.time_since_epoch().count()));
}

} // namespace morph
