#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/progress.hpp>
#include <morph/graph/clock.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace morph::cli {

namespace {

constexpr int64_t between_draws = 100'000'000; // ns
constexpr uint64_t bar_width = 20;

bool on_terminal() {
  auto* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && !(kind && !std::strcmp(kind, "dumb"));
}

} // namespace

progress::progress(uint64_t total, uint64_t epochs, bool shown)
  : total_(std::max<uint64_t>(total, 1)), epochs_(epochs), shown_(shown),
    terminal_(on_terminal()), started_(now_ns()) {
  // nop
}

std::string progress::text(uint64_t done, double loss) const {
  auto elapsed = static_cast<double>(now_ns() - started_) * 1e-9;
  auto rate = elapsed > 0 ? static_cast<double>(done) / elapsed : 0;
  auto left = rate > 0 ? static_cast<double>(total_ - done) / rate : 0;
  std::string bar;
  for (uint64_t i = 0; i < bar_width; ++i)
    bar += i < done * bar_width / total_ ? "\u2588" : "\u2591";
  return bar + " " + std::to_string(done * 100 / total_) + " %  loss "
         + fixed(loss, 4) + "  " + fixed(rate, 0) + " steps/s  eta "
         + fixed(left, left < 10 ? 1 : 0) + " s";
}

void progress::step(uint64_t done, double loss) {
  auto now = now_ns();
  if (!shown_ || !terminal_ || now - last_ < between_draws)
    return;
  last_ = now;
  drawn_ = true;
  std::cerr << "\r\x1b[K" << text(std::min(done, total_), loss) << std::flush;
}

void progress::epoch(uint64_t number, double loss) {
  if (!shown_ || terminal_)
    return;
  auto elapsed = static_cast<double>(now_ns() - started_) * 1e-9;
  note("epoch " + std::to_string(number) + "/" + std::to_string(epochs_)
       + "  loss " + fixed(loss, 4) + "  " + fixed(elapsed, 1) + " s");
}

void progress::end() {
  if (drawn_)
    std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

} // namespace morph::cli
