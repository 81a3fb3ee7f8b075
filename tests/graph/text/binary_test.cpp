#include "sample_graphs.hpp"

#include <morph/graph/text/binary.hpp>
#include <morph/graph/text/text.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <string>

using namespace morph;

namespace {

std::vector<std::byte> bytes_of(const graph& g) {
  byte_writer f;
  REQUIRE(encode_graph(g, f));
  return f.take();
}

result<graph> decode(std::span<const std::byte> bytes) {
  byte_reader f{bytes};
  return decode_graph(f);
}

} // namespace

TEST_CASE("binary: random graphs come back the same") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    auto g = random_graph(seed, 5 + seed % 60);
    auto bytes = bytes_of(g);
    byte_reader f{bytes};
    auto back = decode_graph(f);
    if (!back)
      FAIL(to_string(back.error()));
    REQUIRE(f.remaining() == 0);
    REQUIRE(same_graph(g, *back));
  }
}

TEST_CASE("binary: any part of a graph keeps ids and knows what it reads") {
  auto g = random_graph(11, 60);
  for (node_id step : {1u, 2u, 3u, 7u}) {
    std::vector<node_id> ids;
    for (node_id id = static_cast<node_id>(g.size()); id-- > 0;)
      if (id % step == 0)
        ids.push_back(id); // In falling order, which is no matter.
    byte_writer f;
    REQUIRE(encode_part(g, ids, f));
    byte_reader r{f.bytes()};
    auto part = unwrap(decode_part(r));
    REQUIRE(part.nodes.size() == ids.size());
    for (auto& n : part.nodes) {
      CHECK(n.id % step == 0);
      CHECK(n.kind == g[n.id].kind);
      CHECK(n.inputs == g[n.id].inputs);
      CHECK(n.attrs == g[n.id].attrs);
      CHECK(n.outputs == g[n.id].outputs);
      CHECK(n.hint == g[n.id].hint);
    }
    for (auto& [ref, type] : part.imports) {
      CHECK(ref.node % step != 0);
      CHECK(type == g.type_of(ref));
    }
  }
}

TEST_CASE("binary: a part is no graph and a graph is no part") {
  auto g = random_graph(5, 20);
  byte_writer part;
  REQUIRE(encode_part(g, std::array<node_id, 2>{3, 4}, part));
  byte_reader f{part.bytes()};
  CHECK(decode_graph(f).error().code == errc::protocol_violation);
  auto whole = bytes_of(g);
  byte_reader h{whole};
  CHECK(decode_part(h).error().code == errc::protocol_violation);
}

TEST_CASE("binary: what cannot travel is named") {
  graph g;
  int target = 0;
  auto x = g.add(sample_bound{&target}, g.input("x", f32)).named("bound");
  byte_writer f;
  auto ok = encode_graph(g, f);
  REQUIRE_FALSE(ok);
  CHECK(ok.error().code == errc::not_serialisable);
  CHECK(ok.error().node == "bound");
  CHECK(ok.error().where.line == x.node().line);
}

TEST_CASE("binary: a type of node that is not known here is named") {
  graph g;
  g.add(sample_scale{}, g.input("x", f32)).named("scale");
  auto bytes = bytes_of(g);
  // The last letter of the registered name, wherever it stands.
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  auto at = text.find("sample_scale");
  REQUIRE(at != std::string::npos);
  bytes[at] = std::byte{'x'};
  auto e = decode(bytes).error();
  CHECK(e.code == errc::unknown_node_type);
  CHECK(e.node == "scale");
  CHECK_THAT(e.message, Catch::Contains("xample_scale"));
}

TEST_CASE("binary: an empty tensor of absurd extents is refused, not thrown") {
  auto bytes_with = [](int64_t extent) {
    byte_writer f;
    f(std::string{"tensor"}, f64, uint8_t{2}, extent, int64_t{0});
    return f.take();
  };
  auto absurd = bytes_with(int64_t{1} << 62);
  byte_reader f{absurd};
  CHECK(decode_value(f).error().code == errc::protocol_violation);
  auto fine = bytes_with(1000);
  byte_reader r{fine};
  CHECK(unwrap(decode_value(r)).bytes() == 0);
}

TEST_CASE("binary: truncated or altered bytes are read or refused") {
  auto bytes = bytes_of(random_graph(8, 30));
  for (size_t n = 0; n < bytes.size(); ++n) {
    auto x = decode(std::span{bytes}.first(n));
    REQUIRE_FALSE(x);
    REQUIRE_FALSE(x.error().message.empty());
  }
  for (size_t i = 0; i < bytes.size(); ++i)
    for (auto change : {0x01, 0x80, 0xff}) {
      auto altered = bytes;
      altered[i] ^= static_cast<std::byte>(change);
      if (auto x = decode(altered); !x)
        REQUIRE_FALSE(x.error().message.empty());
    }
}
