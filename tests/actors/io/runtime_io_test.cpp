// `rt.io()`: each runtime has its own, and the same program runs on each.
#include "actors/io/subject.hpp"

#include <morph/actors/io/save_file.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>

using namespace morph;
using namespace morph::test;

namespace {

/// Two saves that may overlap or not.
void save_two(runtime& rt, const subject& place) {
  begun<void> x{save_file(rt.io(), place.file("a"), "one")};
  begun<void> y{save_file(rt.io(), place.file("b"), "two")};
  REQUIRE(x.wait());
  REQUIRE(y.wait());
  CHECK(x.outcome());
  CHECK(y.outcome());
  CHECK(place.text(place.file("a")) == "one");
  CHECK(place.text(place.file("b")) == "two");
}

/// A server and its client need overlap.
io_operation<std::string> echo(io& x) {
  auto door = co_await x.listen();
  if (!door)
    co_return fail(door.error());
  auto serve = [](listener at) -> io_operation<void> {
    auto c = co_await at.accept();
    if (!c)
      co_return fail(c.error());
    auto line = co_await c->read_until('\n');
    if (!line)
      co_return fail(line.error());
    *line += '\n';
    co_await c->write(*line);
    co_return co_await c->flush();
  };
  auto served = std::make_shared<begun<void>>(serve(*door));
  auto c = co_await x.connect(door->where());
  if (!c)
    co_return fail(c.error());
  co_await c->write("over there\n");
  co_await c->flush();
  co_return co_await c->read_until('\n');
}

} // namespace

TEST_CASE("runtime io: inline blocks, threads overlap", "[io]") {
  inline_runtime a;
  thread_runtime b{1};
  CHECK(a.io().name() == "blocking");
  CHECK(b.io().name() == "asio");
  CHECK(&a.io() == &a.io());
  CHECK(&a.io() != &b.io());
}

TEST_CASE("runtime io: two saves run on every runtime", "[io]") {
  subject place{"blocking"};
  inline_runtime a;
  thread_runtime b{1};
  save_two(a, place);
  save_two(b, place);
}

TEST_CASE("runtime io: a server and its client need threads", "[io]") {
  inline_runtime a;
  auto x = echo(a.io()).wait();
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::needs_concurrency);
  thread_runtime b{1};
  CHECK(*echo(b.io()).wait() == "over there");
}

TEST_CASE("runtime io: a user's own takes the place", "[io]") {
  manual_timeline clock;
  memory_io mine{clock};
  inline_runtime a;
  a.use_io(mine);
  begun<std::string> x{echo(a.io())};
  clock.run();
  CHECK(*x.outcome() == "over there");
}
