// What a run has to tell besides its progress: lost hosts, changes of plan,
// links that have changed.
//
// Thread-safety: `add` from the thread of the events, the rest from the main
// thread.
#pragma once

#include <morph/actors/events/event.hpp>

#include <mutex>
#include <string>
#include <vector>

namespace morph::cli {

class event_notes {
public:
  void add(const event& x);

  /// Lines for people since the last call.
  std::vector<std::string> take();

  std::vector<plan_changed> plan_changes() const;

  std::vector<std::string> lost_hosts() const;

private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<plan_changed> changes_;
  std::vector<std::string> lost_;
};

} // namespace morph::cli
