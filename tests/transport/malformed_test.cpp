#include <morph/transport/link/inbox.hpp>
#include <morph/transport/link/outbox.hpp>

#include <catch2/catch.hpp>
#include <transport/values.hpp>

using namespace morph;
using namespace morph::test;

namespace {

link_options limits() {
  link_options out;
  out.max_payload = 1 << 20;
  out.max_incoming = 2 << 20;
  out.cache_bytes = 1 << 20;
  return out;
}

std::vector<std::byte> start_of_batch(uint32_t sequence = 1) {
  std::vector<std::byte> out(wire::batch_header::size);
  wire::put(out, {sequence, 0, 0});
  return out;
}

result<void> accept(inbox& in, std::vector<std::byte> head, blob body = {}) {
  std::vector<delivery> out;
  auto ok = in.accept(batch{blob{std::move(head)}, std::move(body)}, out);
  if (!ok)
    return fail(ok.error());
  return {};
}

template <class T>
std::vector<std::byte> batch_with(const T& x, uint8_t flags = 0,
                                  uint32_t sequence = 1) {
  byte_writer f;
  f.bytes() = start_of_batch(sequence);
  REQUIRE(wire::put(f, x, flags));
  return f.take();
}

void check_violation(const result<void>& x) {
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::protocol_violation);
}

/// One valid batch with a frame of every kind.
std::vector<std::byte> one_of_each() {
  byte_writer f;
  f.bytes() = start_of_batch();
  auto x = tensor::of<float>({2, 2}, {1, 2, 3, 4});
  auto ok
    = wire::put(f, forward{1, 2, 3, 4, x, forward::stable}, wire::keep)
      && wire::put(f, forward{1, 7, 3, 4, make_value<reading>(), 0})
      && wire::put(f, backward{1, 2, 3, 4, x}) && wire::put(f, recall{1, 2, 3})
      && wire::put(f, begin_step{1, 2, 3}) && wire::put(f, commit_step{1, 2, 3})
      && wire::put(f, cancel_step{1, 2}) && wire::put(f, ready{1, 2, 3, 4, 5})
      && wire::put(f, failed{1, 2, {errc::cycle, "x"}})
      && wire::put(f, control{1, 2, 3, blob{bytes_of("body")}})
      && wire::put(f, control_reply{1, true, blob{bytes_of("body")}})
      && wire::put(f, wire::unchanged{1, 2, 4, 4, 1})
      && wire::put(f, wire::forget{1, 2}) && wire::put(f, wire::forget_all{5})
      && wire::put(f, wire::ack{7})
      && wire::put(f, wire::goodbye{{errc::host_lost, "x"}});
  REQUIRE(ok);
  wire::announced<forward> large;
  large.what = {77, 16, wire::announcement::form::tensor, f32, {2, 2}};
  REQUIRE(wire::put(f, large));
  wire::announced<control> bytes;
  bytes.what.transfer = 78;
  bytes.what.bytes = 100;
  REQUIRE(wire::put(f, bytes));
  REQUIRE(wire::put(f, wire::chunk{78, 0, 4}));
  return f.take();
}

} // namespace

TEST_CASE("a batch with a frame of every kind is accepted") {
  inbox in{limits()};
  CHECK(accept(in, one_of_each(), blob{bytes_of("1234")}));
}

TEST_CASE("a batch cut short anywhere is refused or shorter, never a crash") {
  auto whole = one_of_each();
  size_t refused = 0;
  for (size_t n = 0; n < whole.size(); ++n) {
    inbox in{limits()};
    auto part = std::vector<std::byte>(whole.begin(), whole.begin() + n);
    if (!accept(in, part))
      ++refused;
  }
  // Cuts between frames leave a valid batch.
  CHECK(refused > whole.size() * 9 / 10);
}

TEST_CASE("a batch with any byte changed never crashes") {
  auto whole = one_of_each();
  auto before = tensor_memory_stats();
  reset_tensor_memory_peak();
  for (size_t i = 0; i < whole.size(); ++i)
    for (auto bits : {0x01, 0x80, 0xff}) {
      inbox in{limits()};
      auto changed = whole;
      changed[i] ^= static_cast<std::byte>(bits);
      (void)accept(in, changed, blob{bytes_of("1234")});
    }
  // Nor does it make us allocate more than the limits say.
  CHECK(tensor_memory_stats().peak <= before.live + (4 << 20));
  CHECK(tensor_memory_stats().live == before.live);
}

TEST_CASE("lengths that lie are refused before anything is allocated") {
  auto before = tensor_memory_stats();
  reset_tensor_memory_peak();
  inbox in{limits()};
  wire::announced<forward> x;
  x.what.transfer = 1;
  x.what.as = wire::announcement::form::tensor;
  SECTION("a payload above the limit") {
    x.what.bytes = 4 << 20;
    x.what.extents = {1 << 20};
    check_violation(accept(in, batch_with(x)));
  }
  SECTION("a shape that does not fit its bytes") {
    x.what.bytes = 16;
    x.what.extents = {5};
    check_violation(accept(in, batch_with(x)));
  }
  SECTION("a shape whose product overflows") {
    x.what.bytes = 16;
    x.what.extents = {int64_t{1} << 62, int64_t{1} << 62, 4};
    check_violation(accept(in, batch_with(x)));
  }
  SECTION("negative extents") {
    x.what.bytes = 16;
    x.what.extents = {-1, 4};
    check_violation(accept(in, batch_with(x)));
  }
  SECTION("more announcements than the limit") {
    x.what.bytes = 1 << 20;
    x.what.extents = {1 << 18};
    for (uint32_t i = 1; i <= 2; ++i) {
      x.what.transfer = i;
      REQUIRE(accept(in, batch_with(x, 0, i)));
    }
    x.what.transfer = 3;
    check_violation(accept(in, batch_with(x, 0, 3)));
    return;
  }
  SECTION("a vector of 2^61 strings inside a message") {
    byte_writer f;
    f.bytes() = start_of_batch();
    auto value_type = make_value<std::vector<std::string>>().type().name;
    forward head{1, 2, 3, 4, {}, 0};
    byte_writer body;
    body(head.to, head.port, head.step, head.version, head.flags, value_type,
         uint64_t{1} << 61);
    f(wire::kind::forward, uint8_t{0}, uint16_t{0},
      static_cast<uint32_t>(body.bytes().size()));
    f.raw(body.bytes().data(), body.bytes().size());
    // A user's type that cannot be read concerns its step alone.
    std::vector<delivery> out;
    REQUIRE(in.accept(batch{blob{f.take()}, {}}, out));
    REQUIRE(out.size() == 1);
    CHECK(std::get<forward>(out[0]).payload.get<undecodable>().why.code
          == errc::not_serialisable);
  }
  SECTION("an empty tensor with a huge extent") {
    byte_writer body;
    body(uint64_t{1}, uint32_t{2}, uint64_t{3}, uint64_t{4}, uint8_t{0},
         std::string{"tensor"}, uint8_t{1}, uint8_t{2}, int64_t{1} << 62,
         int64_t{0});
    byte_writer f;
    f.bytes() = start_of_batch();
    f(wire::kind::forward, uint8_t{0}, uint16_t{0},
      static_cast<uint32_t>(body.bytes().size()));
    f.raw(body.bytes().data(), body.bytes().size());
    // Whatever the answer, it is no exception.
    (void)accept(in, f.take());
  }
  CHECK(tensor_memory_stats().peak == before.live);
}

TEST_CASE("frames out of place break the link") {
  inbox in{limits()};
  SECTION("an unknown kind") {
    auto bytes = start_of_batch();
    bytes.resize(bytes.size() + 8);
    bytes[wire::batch_header::size] = std::byte{200};
    check_violation(accept(in, bytes));
  }
  SECTION("kind zero") {
    auto bytes = start_of_batch();
    bytes.resize(bytes.size() + 8);
    check_violation(accept(in, bytes));
  }
  SECTION("a batch that was lost") {
    check_violation(accept(in, start_of_batch(2)));
  }
  SECTION("a batch that is repeated") {
    REQUIRE(accept(in, start_of_batch(1)));
    check_violation(accept(in, start_of_batch(1)));
  }
  SECTION("unchanged, but never sent") {
    check_violation(accept(in, batch_with(wire::unchanged{1, 2, 3, 4, 0})));
  }
  SECTION("a chunk of nothing") {
    check_violation(
      accept(in, batch_with(wire::chunk{1, 0, 4}), blob{bytes_of("1234")}));
  }
  SECTION("bulk bytes without a chunk") {
    check_violation(
      accept(in, batch_with(wire::ack{1}), blob{bytes_of("1234")}));
  }
  SECTION("a chunk without bulk bytes") {
    check_violation(accept(in, batch_with(wire::chunk{1, 0, 0})));
  }
  SECTION("more kept payloads than agreed") {
    auto x = tensor::zeros(u8, {50'000});
    uint32_t n = 0;
    auto ok = true;
    while (ok && n < 100) {
      ++n;
      ok = accept(in, batch_with(forward{1, n, 1, 1, x, forward::stable},
                                 wire::keep, n))
             .has_value();
    }
    CHECK(n == (1 << 20) / 50'000 + 1);
  }
  SECTION("a control body announced as a tensor") {
    wire::announced<control> x;
    x.what = {1, 16, wire::announcement::form::tensor, f32, {4}};
    check_violation(accept(in, batch_with(x)));
  }
}

TEST_CASE("chunks that do not fit break the link") {
  inbox in{limits()};
  wire::announced<forward> x;
  x.what = {5, 8, wire::announcement::form::tensor, f32, {2}};
  REQUIRE(accept(in, batch_with(x, 0, 1)));
  auto four = blob{bytes_of("1234")};
  SECTION("at a wrong offset") {
    check_violation(accept(in, batch_with(wire::chunk{5, 4, 4}, 0, 2), four));
  }
  SECTION("with another length than its body") {
    check_violation(accept(in, batch_with(wire::chunk{5, 0, 5}, 0, 2), four));
  }
  SECTION("beyond the end") {
    auto twelve = blob{bytes_of("123412341234")};
    check_violation(
      accept(in, batch_with(wire::chunk{5, 0, 12}, 0, 2), twelve));
  }
  SECTION("announced twice") {
    check_violation(accept(in, batch_with(x, 0, 2)));
  }
}
