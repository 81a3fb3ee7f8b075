#include <morph/actors/placement/filter.hpp>
#include <morph/actors/placement/random.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

namespace morph::placement::test {

namespace {

/// Standard normal by Box and Muller.
double normal(random& r) {
  return std::sqrt(-2.0 * std::log(1.0 - r.unit()))
         * std::cos(6.283185307179586 * r.unit());
}

/// Sample number of the first alarm after `change`, 0 if none comes.
int samples_to_alarm(log_filter f, double value, double sigma, random& r) {
  for (int i = 1; i <= 50; ++i)
    if (is_alarm(f.add(value * std::exp(sigma * normal(r)))))
      return i;
  return 0;
}

} // namespace

TEST_CASE("noise alone raises no alarm, or hardly any with gross outliers",
          "[placement]") {
  for (auto sigma : {0.1, 0.2, 0.3})
    for (auto outliers : {0.0, 0.01}) {
      random r{42};
      log_filter f;
      // A settled filter: how fast the first samples settle is another test.
      for (int i = 0; i < 20; ++i)
        f.add(1e-3);
      int alarms = 0;
      for (int i = 0; i < 200000; ++i) {
        auto outlier = r.unit() < outliers ? 10.0 : 1.0;
        alarms += is_alarm(f.add(1e-3 * outlier * std::exp(sigma * normal(r))));
      }
      INFO("sigma " << sigma << ", outliers " << outliers);
      CHECK(alarms <= (sigma == 0.3 && outliers > 0.0 ? 4 : 0));
      CHECK(f.median() == Approx(1e-3).epsilon(0.25));
      CHECK(f.p90() > f.median());
    }
}

TEST_CASE("a tenfold change is found at the third or fourth sample, both ways",
          "[placement]") {
  random r{7};
  for (auto factor : {10.0, 0.1})
    for (int run = 0; run < 500; ++run) {
      log_filter f;
      for (int i = 0; i < 50; ++i)
        f.add(1e-3 * std::exp(0.1 * normal(r)));
      auto n = samples_to_alarm(f, 1e-3 * factor, 0.1, r);
      CHECK((n == 3 || n == 4));
    }
}

TEST_CASE("an alarm tells the direction and starts anew from three samples",
          "[placement]") {
  log_filter f;
  for (int i = 0; i < 100; ++i)
    CHECK(f.add(2e-3) == verdict::accepted);
  CHECK(f.add(2e-2) == verdict::accepted);
  CHECK(f.add(2e-2) == verdict::accepted);
  CHECK(f.add(2e-2) == verdict::slower);
  CHECK(f.median() == Approx(2e-2));
  CHECK(f.count() == 3);
  CHECK(f.alarms() == 1);
  f.add(2e-3);
  f.add(2e-3);
  CHECK(f.add(2e-3) == verdict::faster);
  CHECK(f.median() == Approx(2e-3));
}

TEST_CASE("a change by half is left to the mean, which follows",
          "[placement]") {
  log_filter f;
  for (int i = 0; i < 100; ++i)
    f.add(1.0);
  for (int i = 0; i < 14; ++i)
    f.add(1.5);
  CHECK(std::log(f.median()) == Approx(std::log(1.5) / 2).epsilon(0.1));
}

TEST_CASE("what is no positive number changes nothing", "[placement]") {
  log_filter f;
  f.add(1.0);
  for (auto x : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                 std::numeric_limits<double>::infinity()})
    CHECK(f.add(x) == verdict::rejected);
  CHECK(f.count() == 1);
  CHECK(f.median() == Approx(1.0));
}

} // namespace morph::placement::test
