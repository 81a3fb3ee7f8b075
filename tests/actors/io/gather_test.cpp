#include "actors/io/subject.hpp"

#include <array>

using namespace morph;
using namespace morph::test;

namespace {

/// What comes out if each call takes `most` bytes of at most `pieces` pieces.
std::string drained(gathered x, size_t pieces, size_t most) {
  std::string out;
  gather_cursor at{std::move(x)};
  std::vector<const_bytes> room(pieces);
  while (at.left() > 0) {
    std::string round;
    for (auto& p : at.peek(room)) {
      REQUIRE_FALSE(p.empty());
      round.append(reinterpret_cast<const char*>(p.data()), p.size());
    }
    round.resize(std::min(round.size(), most));
    REQUIRE_FALSE(round.empty());
    at.advance(round.size());
    out += round;
  }
  CHECK(at.peek(room).empty());
  return out;
}

} // namespace

TEST_CASE("gather: any cut gives the same bytes", "[io]") {
  auto pieces = GENERATE(size_t{1}, size_t{2}, size_t{64});
  auto most = GENERATE(size_t{1}, size_t{5}, size_t{1} << 20);
  auto a = pattern(9), b = pattern(4), c = pattern(6);
  auto g = gathered{a, const_bytes{}, b, const_bytes{}, c};
  CHECK(g.size() == 19);
  CHECK(drained(g, pieces, most) == a + b + c);
  CHECK(drained(std::move(g).repeat_last(3), pieces, most)
        == a + b + c + c + c);
}

TEST_CASE("gather: nothing, and empty parts", "[io]") {
  CHECK(gathered{}.size() == 0);
  CHECK(drained({}, 4, 4).empty());
  auto empty = gathered{const_bytes{}, const_bytes{}};
  CHECK(empty.size() == 0);
  CHECK(drained(std::move(empty).repeat_last(1000), 4, 4).empty());
  CHECK(drained(gathered{"a", const_bytes{}}.repeat_last(9), 4, 4) == "a");
}

TEST_CASE("gather: a long last part is not copied", "[io]") {
  auto text = pattern(gather_cursor::block);
  gather_cursor at{gathered{text}.repeat_last(uint64_t{1} << 40)};
  CHECK(at.left() == uint64_t{1} << 56);
  std::array<const_bytes, 64> room;
  for (auto& p : at.peek(room))
    CHECK(p.data() == bytes_of(text).data());
  at.advance((uint64_t{1} << 55) + 5);
  CHECK(at.peek(room)[0].data() == bytes_of(text).data() + 5);
}

TEST_CASE("gather: a short last part fills a block at most", "[io]") {
  std::string text = "abc";
  gather_cursor at{gathered{text}.repeat_last(uint64_t{1} << 40)};
  std::array<const_bytes, 2> room;
  auto first = at.peek(room)[0];
  CHECK(first.size() <= gather_cursor::block);
  CHECK(first.size() > gather_cursor::block / 2);
  at.advance(first.size() * 7 + 1);
  auto next = at.peek(room)[0];
  CHECK(static_cast<char>(next[0]) == 'b');
}
