// What a strand is given to do.
#pragma once

namespace morph::tasks {

class strand;

/// A thing to run once on a strand; intrusive, so that giving it allocates
/// nothing. Whoever posts it keeps it alive until it has run.
class work {
public:
  /// Runs on `on`, alone on that strand.
  virtual void run(strand& on) noexcept = 0;

  work* next_work = nullptr; ///< Belongs to the queue that it is in.

protected:
  ~work() = default;
};

} // namespace morph::tasks
