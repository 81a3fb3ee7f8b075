// A line on the terminal that tells how far a run is. On anything but a
// terminal, one line per epoch.
//
// Thread-safety: none; belongs to the main thread.
#pragma once

#include <cstdint>
#include <string>

namespace morph::cli {

class progress {
public:
  /// `total` steps in `epochs` epochs; `shown` false: nothing is printed.
  progress(uint64_t total, uint64_t epochs, bool shown);

  /// Draws if enough time has passed since the last time.
  void step(uint64_t done, double loss);

  /// Ends the line of an epoch.
  void epoch(uint64_t number, double loss);

  /// Leaves the cursor on a fresh line.
  void end();

private:
  std::string text(uint64_t done, double loss) const;

  uint64_t total_;
  uint64_t epochs_;
  bool shown_;
  bool terminal_;
  bool drawn_ = false;
  int64_t started_;
  int64_t last_ = 0;
};

} // namespace morph::cli
