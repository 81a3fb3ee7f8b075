#include "../io/scratch_folder.hpp"
#include "sample_graphs.hpp"

#include <morph/graph/text/dot.hpp>
#include <morph/graph/text/text.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace std::string_literals;

TEST_CASE("DOT: the golden graph is drawn as it was, hosts in boxes") {
  register_node<sample_scale>();
  register_node<sample_pair>();
  auto folder = MORPH_SOURCE_DIR "/tests/golden/"s;
  auto g = unwrap(read_graph(folder + "every_feature.graph"));
  CHECK(to_dot(g) == scratch_folder::read(folder + "every_feature.dot"));
  std::map<node_id, std::string> hosts{
    {0, "a1"}, {2, "a2"}, {3, "a1"}, {9999, "a3"}};
  CHECK(to_dot(g, hosts)
        == scratch_folder::read(folder + "every_feature_on_hosts.dot"));
}

TEST_CASE("DOT: quotes and line ends in names do not break out") {
  graph g;
  g.output("o\"]; x\n", g.input("a\"]; b\\", f32));
  auto text = to_dot(g);
  CHECK_THAT(text, Catch::Contains("\"a\\\"]; b\\\\\\ninput\\nf32[]\""));
  CHECK_THAT(text, Catch::Contains("\"o\\\"]; x\\n\""));
}
