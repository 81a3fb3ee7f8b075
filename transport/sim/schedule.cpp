#include <morph/transport/sim/schedule.hpp>

#include <utility>

namespace morph::simulation {

schedule::schedule(uint64_t seed, double liveliness)
  : scripted_(false), state_(seed), liveliness_(liveliness) {
  // nop
}

schedule::schedule(script x)
  : scripted_(true), script_(std::move(x)), state_(0), liveliness_(0) {
  // nop
}

uint32_t schedule::next_of(uint32_t n) {
  latest_ = 0;
  if (n < 2)
    return 0;
  if (scripted_)
    return read(n);
  auto out = fraction() < liveliness_ ? random() % n : 0;
  return note(static_cast<uint32_t>(out));
}

uint32_t schedule::level(uint32_t n) {
  latest_ = 0;
  if (n < 2)
    return 0;
  return scripted_ ? read(n) : note(static_cast<uint32_t>(random() % n));
}

bool schedule::happens(double chance) {
  latest_ = 0;
  if (chance <= 0)
    return false;
  return (scripted_ ? read(2) : note(fraction() < chance ? 1 : 0)) != 0;
}

/// SplitMix64: a few operations, and good enough for schedules.
uint64_t schedule::random() {
  state_ += 0x9e3779b97f4a7c15;
  auto x = state_;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

double schedule::fraction() {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

uint32_t schedule::note(uint32_t choice) {
  latest_ = choice;
  if (choice != 0)
    taken_.emplace(made_, choice);
  ++made_;
  return choice;
}

uint32_t schedule::read(uint32_t n) {
  auto i = script_.find(made_);
  // A shorter script leads elsewhere, where there may be fewer alternatives.
  return note(i == script_.end() ? 0 : i->second % n);
}

} // namespace morph::simulation
