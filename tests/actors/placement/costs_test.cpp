#include <morph/actors/placement/cost_model.hpp>
#include <morph/actors/placement/link_model.hpp>
#include <morph/actors/placement/random.hpp>

#include <catch2/catch.hpp>

namespace morph::placement::test {

namespace {

constexpr double us = 1e-6;

op_work work(std::string_view kind, double size) {
  return {kind, size, size / 10};
}

} // namespace

TEST_CASE("before any sample an op takes what its size says", "[placement]") {
  CHECK(prior_seconds({1e9, 1e9, 0}, {"matmul", 1e6, 1e3}) == Approx(1e-3));
  CHECK(prior_seconds({1e9, 1e8, 0}, {"add", 1e3, 1e6}) == Approx(1e-2));
  CHECK(prior_seconds({1e9, 1e9, 5e-6}, {"add", 0, 0}) == Approx(5e-6));
  op_costs costs;
  auto h = costs.add_host({1e9, 1e9, 0});
  auto e = costs.expect(work("matmul", 1e6), h);
  CHECK(e.from == evidence::prior);
  CHECK(e.median_seconds == Approx(1e-3));
  CHECK(e.p90_seconds > e.median_seconds);
  CHECK(describe(e, {"a1"}) == "estimated from its size, nothing measured yet");
}

TEST_CASE("measured durations replace the prior, per op, size and host",
          "[placement]") {
  op_costs costs;
  auto a = costs.add_host({});
  auto b = costs.add_host({});
  for (int i = 0; i < 10; ++i)
    costs.add(work("matmul", 1e6), a, 70 * us);
  auto e = costs.expect(work("matmul", 1e6), a);
  CHECK(e.from == evidence::measured);
  CHECK(e.samples == 10);
  CHECK(e.median_seconds == Approx(70 * us));
  CHECK(describe(e, {"a1", "a2"}) == "measured, 10 samples");
  // The size decides, not its exact value; a size far off is another key.
  CHECK(costs.expect(work("matmul", 1.01e6), a).from == evidence::measured);
  CHECK(costs.expect(work("matmul", 8e6), a).from == evidence::scaled);
  CHECK(costs.expect(work("relu", 1e6), a).from == evidence::scaled);
  CHECK(costs.expect(work("matmul", 1e6), b).from == evidence::prior);
}

TEST_CASE("an op that never ran on a host is predicted from another host",
          "[placement]") {
  op_costs costs;
  auto a = costs.add_host({});
  auto b = costs.add_host({});
  // b takes three times as long, as two shared ops show.
  for (int i = 0; i < 5; ++i) {
    costs.add(work("add", 1e4), a, 10 * us);
    costs.add(work("add", 1e4), b, 30 * us);
    costs.add(work("mul", 1e5), b, 240 * us);
    costs.add(work("mul", 1e5), a, 80 * us);
    costs.add(work("conv2d", 1e8), a, 900 * us);
  }
  auto e = costs.expect(work("conv2d", 1e8), b);
  CHECK(e.from == evidence::ratio);
  CHECK(e.measured_on == a);
  CHECK(e.median_seconds == Approx(2700 * us));
  CHECK(describe(e, {"a1", "a2"})
        == "from 5 samples on a1 and the ratio of the hosts");
  SECTION("the ratio follows what is measured later") {
    for (int i = 0; i < 200; ++i) {
      costs.add(work("add", 1e4), b, 20 * us);
      costs.add(work("mul", 1e5), b, 160 * us);
    }
    CHECK(costs.expect(work("conv2d", 1e8), b).median_seconds
          == Approx(1800 * us).epsilon(0.01));
  }
  SECTION("a host that joins later starts from its prior") {
    auto c = costs.add_host({});
    CHECK(costs.expect(work("conv2d", 1e8), c).from == evidence::prior);
    costs.add(work("add", 1e4), c, 5 * us);
    CHECK(costs.expect(work("conv2d", 1e8), c).median_seconds
          == Approx(450 * us));
  }
}

TEST_CASE("an op that becomes ten times slower raises an alarm",
          "[placement]") {
  op_costs costs;
  auto h = costs.add_host({});
  for (int i = 0; i < 50; ++i)
    CHECK(costs.add(work("add", 10), h, 1e-5) == verdict::accepted);
  costs.add(work("add", 10), h, 1e-4);
  costs.add(work("add", 10), h, 1e-4);
  CHECK(costs.add(work("add", 10), h, 1e-4) == verdict::slower);
  CHECK(costs.add(work("add", 10), h, -1.0) == verdict::rejected);
  CHECK(costs.expect(work("add", 10), h).median_seconds == Approx(1e-4));
}

TEST_CASE("latency and bandwidth are told apart by the size of messages",
          "[placement]") {
  link_estimator l{{1e-3, 1e6, 0, 0}};
  CHECK(l.latency() == 1e-3);
  CHECK(l.bandwidth() == 1e6);
  auto truth = [](double bytes) { return 50 * us + bytes / 1e8; };
  random r{3};
  const double sizes[] = {100, 1000, 4096, 65536, 1e6};
  for (int i = 0; i < 400; ++i) {
    auto bytes = sizes[r.below(5)];
    auto noise = 0.9 + 0.2 * r.unit();
    CHECK(!is_alarm(l.add(bytes, truth(bytes) * noise)));
  }
  CHECK(l.latency() == Approx(60 * us).epsilon(0.25)); // 4 KiB take 41 us
  CHECK(l.bandwidth() == Approx(1e8).epsilon(0.1));
  CHECK(l.latency_p90() > l.latency());
  CHECK(l.bandwidth_p90() < l.bandwidth());
}

TEST_CASE("messages of middle size are enough to learn a link", "[placement]") {
  link_estimator l{{1e-4, 1e8, 0, 0}};
  for (int i = 0; i < 100; ++i)
    l.add(16384, 20 * us + 16384 / 1e7);
  auto seconds = l.latency() + 16384 / l.bandwidth();
  CHECK(seconds == Approx(20 * us + 16384 / 1e7).epsilon(0.1));
  int alarm = 0;
  for (int i = 1; i <= 10 && alarm == 0; ++i)
    alarm = is_alarm(l.add(16384, 10 * (20 * us + 16384 / 1e7))) ? i : 0;
  CHECK((alarm == 3 || alarm == 4));
}

TEST_CASE(
  "a link that slows down tenfold raises an alarm at the third or "
  "fourth sample",
  "[placement]") {
  for (auto bytes : {100.0, 262144.0}) {
    link_estimator l;
    auto truth = 100 * us + bytes / 1e8;
    random r{11};
    auto noisy = [&r](double x) { return x * (0.8 + 0.4 * r.unit()); };
    for (int i = 0; i < 100; ++i)
      l.add(bytes, noisy(truth));
    int alarm = 0;
    for (int i = 1; i <= 10 && alarm == 0; ++i)
      alarm = l.add(bytes, noisy(10 * truth)) == verdict::slower ? i : 0;
    INFO("bytes " << bytes);
    CHECK((alarm == 3 || alarm == 4));
    SECTION("and recovers as fast") {
      int recovery = 0;
      for (int i = 1; i <= 10 && recovery == 0; ++i)
        recovery = l.add(bytes, noisy(truth)) == verdict::faster ? i : 0;
      CHECK((recovery == 3 || recovery == 4));
    }
  }
}

TEST_CASE("a link without samples grows uncertain and asks for a probe",
          "[placement]") {
  link_costs links{3};
  for (int i = 0; i < 20; ++i) {
    links.at(0, 1).add(1e6, 0.01);
    links.at(0, 1).add(1e6, 0.012);
    links.end_round();
  }
  auto certain = links.at(0, 1).bandwidth_p90();
  auto due = links.due_for_probe(20);
  CHECK(due.size() == 5); // all but 0 -> 1
  for (auto [from, to] : due)
    CHECK((from != 0 || to != 1));
  for (int i = 0; i < 4000; ++i)
    links.end_round();
  REQUIRE(links.due_for_probe(100).size() == 6);
  CHECK(links.due_for_probe(100).front().to != 1);
  CHECK(links.at(0, 1).bandwidth_p90() < certain);
  CHECK(links.at(0, 1).bandwidth() == Approx(1e8).epsilon(0.2));
  links.add_host();
  CHECK(links.hosts() == 4);
  CHECK(links.at(0, 1).bandwidth_samples() == 40);
  CHECK(links.median().size() == 16);
  CHECK(links.p90()[1].bandwidth < links.median()[1].bandwidth);
}

TEST_CASE("a slow link that carries small messages is probed until it recovers",
          "[placement]") {
  link_estimator l;
  auto large = [&](double bytes_per_second) {
    return l.add(1e5, 1e-4 + 1e5 / bytes_per_second);
  };
  auto small_rounds = [&] {
    for (int i = 0; i < 30; ++i) {
      l.add(100, 1e-4);
      l.end_round();
    }
    return l.wants_probe(20);
  };
  for (int i = 0; i < 10; ++i)
    large(1e8);
  CHECK_FALSE(small_rounds());
  for (int i = 0; i < 10; ++i)
    large(1e6);
  CHECK_FALSE(l.wants_probe(20));
  CHECK(small_rounds());
  auto recovered = false;
  for (int i = 0; i < 10; ++i)
    recovered = large(1e8) == verdict::faster || recovered;
  CHECK(recovered);
  CHECK_FALSE(small_rounds());
}

TEST_CASE("a link whose latency has risen is probed by small messages",
          "[placement]") {
  link_estimator l;
  for (int i = 0; i < 10; ++i)
    l.add(100, 1e-4);
  for (int i = 0; i < 10; ++i)
    l.add(100, 1e-2);
  for (int i = 0; i < 30; ++i) {
    l.add(1e6, 1e-2 + 1e-2);
    l.end_round();
  }
  CHECK(l.wants_probe(20));
  for (int i = 0; i < 10; ++i)
    l.add(100, 1e-4);
  CHECK_FALSE(l.wants_probe(20));
}

TEST_CASE("a link rejects samples that cannot be", "[placement]") {
  link_estimator l;
  CHECK(l.add(-1, 1) == verdict::rejected);
  CHECK(l.add(1, -1) == verdict::rejected);
  CHECK(l.add(1, 0) == verdict::rejected);
  CHECK(l.add(infinity, 1) == verdict::rejected);
  CHECK(l.latency_samples() + l.bandwidth_samples() == 0);
  CHECK(describe(l) == "100 us + 100 MB/s, 0 and 0 samples");
}

} // namespace morph::placement::test
