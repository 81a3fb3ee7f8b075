#include "../io/bytes.hpp"
#include "../io/scratch_folder.hpp"
#include "sample_graphs.hpp"

#include <morph/graph/text/base64.hpp>
#include <morph/graph/text/text.hpp>

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

using namespace morph;
using namespace std::string_literals;

namespace {

const auto golden_file = MORPH_SOURCE_DIR "/tests/golden/every_feature.graph"s;

graph graph_of(std::string_view lines) {
  return unwrap(parse_text("graph 1\n" + std::string{lines}, "t.graph"));
}

error error_of(std::string_view lines) {
  auto x = parse_text("graph 1\n" + std::string{lines}, "t.graph");
  REQUIRE_FALSE(x);
  return x.error();
}

const attribute& attribute_of(const graph& g, std::string_view name) {
  auto* x = g[0].attrs.find(name);
  REQUIRE(x);
  return *x;
}

/// A constant with one further attribute.
attribute read_back(const attribute& x) {
  graph g;
  auto c = g.constant(tensor{0.0});
  g.data()->nodes[c.ref().node].attrs.set("x", x);
  auto text = to_text(g);
  INFO(text);
  auto y = unwrap(parse_text(text));
  REQUIRE(same_graph(g, y));
  return attribute_of(y, "x");
}

} // namespace

TEST_CASE("text: the golden graph is read and written back as it stands") {
  register_node<sample_scale>();
  register_node<sample_pair>();
  auto text = scratch_folder::read(golden_file);
  auto g = unwrap(read_graph(golden_file));
  CHECK(to_text(g) == text);
  CHECK(g.find("scores").node().hint.pin == "a1");
  CHECK(g.find("scores").node().where().line == 42);
}

TEST_CASE("text: random graphs come back the same") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    auto g = random_graph(seed, 5 + seed % 60);
    auto text = to_text(g);
    INFO(text);
    auto back = parse_text(text);
    if (!back)
      FAIL(to_string(back.error()));
    REQUIRE(same_graph(g, *back));
    REQUIRE(to_text(*back) == text);
  }
}

TEST_CASE("text: numbers keep their bits") {
  for (auto bits :
       {0x0000000000000001ul, 0x8000000000000000ul, 0x7ff0000000000000ul,
        0xfff0000000000000ul, 0x7ff8000000000000ul, 0xfff8000000000000ul,
        0x7ff0000000000001ul, 0x3fb999999999999aul, 0x43e0000000000000ul,
        0x7feffffffffffffful}) {
    auto x = std::bit_cast<double>(bits);
    CHECK(std::bit_cast<uint64_t>(std::get<double>(read_back(x))) == bits);
    auto narrow = static_cast<uint32_t>(bits >> 32);
    auto t = tensor::scalar(std::bit_cast<float>(narrow));
    CHECK(std::get<tensor>(read_back(t)).bit_equal(t));
  }
  auto least = std::numeric_limits<int64_t>::min();
  CHECK(std::get<int64_t>(read_back(least)) == least);
  CHECK(std::get<double>(read_back(3.0)) == 3.0);
  CHECK(std::get<int64_t>(read_back(int64_t{3})) == 3);
}

TEST_CASE("text: tensors of every size and type come back") {
  for (auto t : {f32, f64, i32, i64, u8, boolean})
    for (int64_t n : {0, 1, 3, 4, 32, 33, 1000})
      for (auto same : {true, false}) {
        auto x = tensor::zeros(t, {n, 1});
        for (int64_t i = 0; i < n && !same; ++i)
          x.mutable_bytes()[static_cast<size_t>(i) * size_of(t)]
            = static_cast<std::byte>(i % 2);
        CHECK(std::get<tensor>(read_back(x)).bit_equal(x));
      }
}

TEST_CASE("text: fills beyond the limit are written in full") {
  // 40 MiB twice: only one may be a fill.
  graph g;
  g.constant(tensor::full(f64, {5 << 20}, 1));
  g.constant(tensor::full(f64, {5 << 20}, 1));
  auto text = to_text(g);
  CHECK_THAT(text.substr(0, 200), Catch::Contains("fill(1)"));
  CHECK(text.size() > (size_t{40} << 20));
  CHECK(same_graph(unwrap(parse_text(text)), g));
  auto e = error_of("%0 = constant value=f64[1000000000] fill(1)\n");
  CHECK(e.code == errc::allocation_too_large);
}

TEST_CASE("text: written by hand, with less") {
  auto g = graph_of(R"(
# labels may be words, types of ops follow from inputs
%x = input "x" : f32[?, 4]   # but not those of inputs
%w = parameter init=f32[4, 2] fill(0.5) "w"
%y=matmul(%x,%w)transpose_a=false transpose_b=false
output "y" = %y
)");
  CHECK(g.size() == 3);
  CHECK(to_string(g.find("y").type()) == "f32[?, 2]");
}

TEST_CASE("text: line ends of other systems are read") {
  CHECK(same_graph(graph_of("%0 = input \"x\" : f32[]\r\n"),
                   graph_of("%0 = input \"x\" : f32[]")));
}

TEST_CASE("text: what is wrong is named with line and column") {
  struct row {
    std::string_view lines;
    errc code;
    std::string_view says;
  };

  for (auto& x : {
         row{"x", errc::syntax_error, "line 2, column 1: expected '%'"},
         row{"%", errc::syntax_error, "column 2: expected a label"},
         row{"%0", errc::syntax_error,
             "column 3: expected '=', found the end of the text"},
         row{"%0 = input \"x\" : f99[2]", errc::syntax_error,
             "expected a type"},
         row{"%0 = input \"x", errc::syntax_error, "a closing quote"},
         row{"%0 = input \"\\q\"", errc::syntax_error, "one of"},
         row{"%0 = input \"x\" : f32[-2]", errc::syntax_error, "negative"},
         row{"%0 = input \"x\" : f32[1,1,1,1,1,1,1,1,1]", errc::syntax_error,
             "8 axes"},
         row{"%0 = input \"x\" : f32[] f32[]", errc::syntax_error,
             "the end of the line, found \"f32\""},
         row{"%0 = input \"x\"", errc::wrong_arity, "has 0 outputs, not 1"},
         row{"%0 = mul2(%1)", errc::unknown_op,
             "line 2, column 6: there is no op 'mul2'; the nearest is 'mul'"},
         row{"%0 = neg(%0)", errc::cycle,
             "line 2, column 11: no earlier line defines %0"},
         row{"%0 = neg(%1)\n%1 = input \"x\" : f32[]", errc::cycle, "%1"},
         row{"%0 = input \"x\" : f32[]\n%0 = input \"y\" : f32[]",
             errc::duplicate_name, "line 3, column 2"},
         row{"%0 = input \"x\" : f32[]\n%1 = input \"x\" : f32[]",
             errc::duplicate_name, "taken by %0"},
         row{"%0 = input \"x\" : f32[]\noutput \"y\" = %0\noutput \"y\" = %0",
             errc::duplicate_name, "line 4, column 8"},
         row{"%0 = input \"x\" : f32[]\n%1 = neg(%0.1)", errc::wrong_arity,
             "%0 has 1 outputs"},
         row{"%0 = input \"x\" : f32[]\n%1 = neg(%0, %0)", errc::wrong_arity,
             "column 6"},
         row{"%0 = input \"x\" : f32[]\n%1 = neg(%0) : f32[3]",
             errc::type_mismatch, "declared as f32[3] but is f32[]"},
         row{"%0 = input \"x\" : f32[2, 3]\n%1 = reshape(%0) shape=[7]",
             errc::shape_mismatch, "reshape"},
         row{"%0 = input \"x\" : f32[2, 3]\n%1 = reshape(%0)",
             errc::invalid_attribute, "shape"},
         row{"%0 = constant", errc::invalid_attribute, "value"},
         row{"%0 = constant value=none", errc::invalid_attribute, "value"},
         row{"%0 = constant value=1 value=2", errc::syntax_error, "twice"},
         row{"%0 = constant value=f32[2]{1}", errc::syntax_error,
             "1 elements do not fill the shape [2]"},
         row{"%0 = constant value=f32[1]{1, 2}", errc::syntax_error, "fill"},
         row{"%0 = constant value=f32[1]{x}", errc::syntax_error, "a number"},
         row{"%0 = constant value=f32[1]{1e99}", errc::syntax_error,
             "does not fit"},
         row{"%0 = constant value=u8[1]{256}", errc::syntax_error,
             "does not fit"},
         row{"%0 = constant value=bool[1]{2}", errc::syntax_error, "0 or 1"},
         row{"%0 = constant value=f32[1]{nan(0x1)}", errc::syntax_error, "NaN"},
         row{"%0 = constant value=f32[1] base64(\"AAAA\")", errc::syntax_error,
             "half an element"},
         row{"%0 = constant value=f32[1] base64(\"?\")", errc::syntax_error,
             "base64"},
         row{"%0 = constant value=bool[1] base64(\"Ag==\")", errc::syntax_error,
             "0 or 1"},
         row{"%0 = constant value=f32[?]{}", errc::syntax_error, "an extent"},
         row{"%0 = constant value=f32[4611686018427387904, 0]{}",
             errc::allocation_too_large, "too large"},
         row{"%0 = constant value=f32[0]{} [pin=1]", errc::syntax_error,
             "a quoted string"},
         row{"%0 = constant value=f32[0]{} [hot]", errc::syntax_error,
             "keep_local"},
         row{"%0 = constant value=f32[0]{} @a.cpp:x", errc::syntax_error,
             "the number of a line"},
         row{"%0 = user(\"none\", 0x)", errc::unknown_node_type,
             "line 2, column 19"},
         row{"%0 = user(\"none\", local)", errc::not_serialisable, "column 19"},
         row{"%0 = user(\"none\", 0x0)", errc::syntax_error, "hex"},
         row{"%0 = user", errc::syntax_error, "'('"},
       }) {
    auto e = error_of(x.lines);
    INFO(x.lines << "\n" << e.message);
    CHECK(e.code == x.code);
    CHECK_THAT(e.message, Catch::StartsWith("t.graph, line "));
    CHECK_THAT(e.message, Catch::Contains(std::string{x.says}));
    CHECK(e.where.file == "t.graph");
  }
}

TEST_CASE("text: the first line is the version") {
  for (auto* text : {"", "# only a comment\n", "graph", "graph 2\n", "graf 1\n",
                     "graph 1 x\n"}) {
    auto x = parse_text(text);
    REQUIRE_FALSE(x);
    CHECK(x.error().code == errc::syntax_error);
  }
  CHECK(parse_text("# a comment\n\ngraph 1"));
}

TEST_CASE("text: user nodes travel with their state, or say that they cannot") {
  graph g;
  auto x = g.input("x", f32, {2});
  sample_scale s;
  s.factor = -0.0;
  auto y = g.add(std::move(s), x);
  CHECK(same_graph(unwrap(parse_text(to_text(g))), g));
  SECTION("a state of another length is refused") {
    auto text = to_text(g);
    auto at = text.find("0x") + 2;
    auto e = parse_text(text.erase(at, 2)).error();
    CHECK(e.code == errc::syntax_error);
  }
  SECTION("a node bound to this process is written, but not for reading") {
    int target = 0;
    g.add(sample_bound{&target}, y);
    auto text = to_text(g);
    CHECK_THAT(text, Catch::Contains(", local, %1)"));
    CHECK(parse_text(text).error().code == errc::not_serialisable);
    scratch_folder folder;
    auto ok = write_graph(folder.path() / "g.graph", g);
    REQUIRE_FALSE(ok);
    CHECK(ok.error().code == errc::not_serialisable);
    CHECK(folder.count() == 0);
  }
}

TEST_CASE("text: files are written as a whole and read back") {
  scratch_folder folder;
  auto file = folder.path() / "g.graph";
  auto g = random_graph(3, 30);
  REQUIRE(write_graph(file, g));
  CHECK(same_graph(unwrap(read_graph(file)), g));
  CHECK(read_graph(folder.path() / "none").error().code == errc::cannot_open);
}

TEST_CASE("text: truncated or altered text is read or refused, never more") {
  auto text = scratch_folder::read(golden_file);
  register_node<sample_scale>();
  register_node<sample_pair>();
  for (size_t n = 0; n < text.size(); ++n)
    if (auto x = parse_text(std::string_view{text}.substr(0, n)); !x)
      REQUIRE_FALSE(x.error().message.empty());
  survives_every_changed_byte(text, [](auto bytes) {
    return parse_text(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

TEST_CASE("text: a hundred thousand nodes in a row need no stack") {
  graph g;
  auto x = g.input("x", f32, {2});
  for (int i = 0; i < 100'000; ++i)
    x = g.apply("neg", std::array{x});
  auto back = unwrap(parse_text(to_text(g)));
  CHECK(back.size() == g.size());
}

TEST_CASE("base64: bytes of all lengths come back, other text is refused") {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 70; ++i) {
    CHECK(from_base64(to_base64(bytes)) == bytes);
    bytes.push_back(static_cast<std::byte>(i * 37));
  }
  CHECK(to_base64(as_bytes("foob")) == "Zm9vYg==");
  for (auto* text : {"A", "AA", "AAA", "AAAAA", "A===", "====", "AA=A",
                     "AB==", "AAB=", "A A=", "AA==AAAA"})
    CHECK_FALSE(from_base64(text));
}
