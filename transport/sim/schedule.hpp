// The choices of a simulation: who is next, how long a message takes, whether
// something breaks. Each is a number below the number of alternatives, and 0
// is what happens where nothing is out of the ordinary.
//
// A seed chooses at random; a script repeats the choices of an earlier run, or
// some of them: what it leaves out is 0. So a failure can be repeated, and
// made small by leaving out more and more.
//
// Thread-safety: none.
// Invariant: choices depend on the seed or the script alone, and on what was
// asked before.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace morph::simulation {

/// What differs from the ordinary: the choice by its place among all choices.
using script = std::map<uint64_t, uint32_t>;

/// A choice that was not 0, in words.
struct departure {
  uint64_t place = 0;
  uint32_t choice = 0;
  std::string what;
};

class schedule {
public:
  /// Chooses at random. `liveliness` is the chance with which one who is not
  /// the next in turn comes first.
  schedule(uint64_t seed, double liveliness);

  explicit schedule(script x);

  /// Who of `n` comes next; in order they stand in line.
  uint32_t next_of(uint32_t n);

  /// Something between 0 and `n - 1`, all alike.
  uint32_t level(uint32_t n);

  /// Whether something rare happens.
  bool happens(double chance);

  /// Says in words what the latest choice meant, if it was not 0. Words cost
  /// time: only scripts keep them.
  template <class F>
  void explain(F&& words) {
    if (scripted_ && latest_ != 0)
      departures_.push_back({made_ - 1, latest_, words()});
  }

  /// Choices so far that were not 0.
  const script& taken() const noexcept {
    return taken_;
  }

  const std::vector<departure>& departures() const noexcept {
    return departures_;
  }

  uint64_t made() const noexcept {
    return made_;
  }

private:
  uint64_t random();
  double fraction();
  uint32_t note(uint32_t choice);
  uint32_t read(uint32_t n);

  bool scripted_;
  script script_;
  uint64_t state_;
  double liveliness_;
  uint64_t made_ = 0;
  uint32_t latest_ = 0;
  script taken_;
  std::vector<departure> departures_;
};

} // namespace morph::simulation
