// Carriers that lose, repeat, swap or alter frames break their contract: a
// link must notice. A step then fails with a named error, or nothing was wrong.
#include "actors/sim/spread_net.hpp"
#include "support/sanitizers.hpp"

#include <morph/actors/host/part_actor.hpp>

#include <catch2/catch.hpp>

#include <optional>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

struct tally {
  size_t fine = 0;
  std::map<errc, size_t> failed;
};

/// Trains under lines that misbehave; each step is right or names an error.
/// What nobody can notice, nobody names.
void train_on(const simulation::line_options& line, uint64_t seed, tally& out) {
  auto noticed = line.corrupt == 0;
  constexpr int steps = 12;
  static const auto expected = train_inline(sgd{.rate = 0.1}, steps);
  sim_options options{.seed = seed};
  options.line = line;
  try {
    sim world{options};
    spread_net n{2};
    session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
    for (int k = 0; k < steps; ++k)
      s.step(n.batch(k));
    s.finish();
    REQUIRE((!noticed || same(s.parameters(), expected)));
    ++out.fine;
  } catch (const failure& e) {
    UNSCOPED_INFO("seed " << seed << ": " << e.what());
    ++out.failed[e.code()];
    CHECK((!noticed || e.code() == errc::host_lost
           || e.code() == errc::protocol_violation
           || e.code() == errc::host_unreachable));
  }
  REQUIRE(live_node_actors() == 0);
}

tally train_on(const simulation::line_options& line, uint64_t n) {
  tally out;
  for (uint64_t seed = 1; seed <= n; ++seed)
    train_on(line, seed, out);
  return out;
}

} // namespace

TEST_CASE("lost frames are noticed", "[sim]") {
  auto x = train_on({.jitter = 200us, .drop = 0.003}, seeds(30));
  CHECK(x.fine > 0);
  CHECK(!x.failed.empty());
}

TEST_CASE("repeated frames are noticed", "[sim]") {
  auto x = train_on({.jitter = 200us, .duplicate = 0.003}, seeds(30));
  CHECK(x.fine > 0);
  CHECK(!x.failed.empty());
}

TEST_CASE("frames that overtake others are noticed", "[sim]") {
  auto x = train_on({.jitter = 200us, .reorder = 0.003}, seeds(30));
  CHECK(x.fine > 0);
  CHECK(!x.failed.empty());
}

TEST_CASE("altered frames crash nothing", "[sim]") {
  // A link has no checksum of its own: that is what TLS and TCP are for.
  auto x = train_on({.jitter = 200us, .corrupt = 0.003}, seeds(30));
  CHECK(!x.failed.empty());
}

TEST_CASE("connections that break at any point are noticed", "[sim]") {
  auto x = train_on({.jitter = 200us, .cut = 0.003}, seeds(30));
  CHECK(x.fine > 0);
  CHECK(!x.failed.empty());
}

} // namespace morph::test
