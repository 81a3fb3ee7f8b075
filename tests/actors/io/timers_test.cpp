// What all implementations promise about time.

#include "actors/io/subject.hpp"

#include <morph/actors/io/asio_io.hpp>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

TEST_CASE("io: a timer waits at least as long", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto begin = s.get().now();
  s.get(s.get().wait_for(3ms));
  CHECK(s.get().now() - begin >= 3'000'000);
}

TEST_CASE("io: a time that has passed does not wait", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  s.get(s.get().wait_until(s.get().now() - 1));
  s.get(s.get().wait_for(0s));
}

TEST_CASE("io: timers end in their order", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  auto t = s.get().now();
  auto order = std::make_shared<std::string>();
  auto noting = [&](int64_t when, char name) {
    return begun<void>{
      [](io& x, int64_t when, char name,
         std::shared_ptr<std::string> order) -> io_operation<void> {
        auto ok = co_await x.wait_until(when);
        *order += name;
        co_return ok;
      }(s.get(), when, name, order)};
  };
  auto late = noting(t + 30'000'000, 'b');
  auto soon = noting(t + 2'000'000, 'a');
  CHECK(s.finish(late));
  CHECK(s.finish(soon));
  CHECK(*order == "ab");
}

TEST_CASE("io: a waiting timer is cancelled at once", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  std::stop_source stop;
  begun<void> x{s.get().wait_for(1h).until(stop.get_token())};
  CHECK_FALSE(x.done());
  stop.request_stop();
  auto begin = s.get().now();
  auto y = s.finish(x);
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
  CHECK(x.completions() == 1);
  CHECK(s.get().now() - begin < 3'600'000'000'000);
}

TEST_CASE("io: another thread ends a blocking wait", "[io]") {
  blocking_io io;
  std::stop_source stop;
  subject other{"asio"};
  other.get().wait_for(2ms).start([&](result<void>) { stop.request_stop(); });
  auto y = io.wait_for(1h).until(stop.get_token()).wait();
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
}

TEST_CASE("io: ending an io ends its timers", "[io]") {
  std::vector<begun<void>> x;
  {
    asio_io io;
    x.emplace_back(io.wait_for(1h));
  }
  REQUIRE(x.back().done());
  CHECK(x.back().outcome().error().code == errc::cancelled);
  manual_timeline clock;
  {
    memory_io io{clock};
    x.emplace_back(io.wait_for(1h));
  }
  REQUIRE(x.back().done());
  CHECK(x.back().outcome().error().code == errc::cancelled);
}

TEST_CASE("io: an hour of virtual time takes none of ours", "[io]") {
  subject s{"memory"};
  s.get(s.get().wait_for(1h));
  CHECK(s.get().now() == 3'600'000'000'000);
}
