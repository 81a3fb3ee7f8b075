#include "actors/support/local_cluster.hpp"

#include <morph/actors/host/host.hpp>

#include <catch2/catch.hpp>

#include <iostream>

namespace morph::test {

namespace {

constexpr const char* key = "a key for tests";

/// Role "host": offers itself, prints its port, runs until it is killed or
/// asked to end.
int be_host(const std::vector<std::string>& args) {
  networked_config config;
  caf::actor_system system{config};
  host_options options;
  options.name = args.at(0);
  options.key = key;
  host self{system, options};
  std::cout << self.where().port << std::endl;
  while (!self.wait_for(std::chrono::seconds{60}))
    ; // until then
  return 0;
}

const role_registrar as_host{"host", be_host};

} // namespace

local_cluster::local_cluster(size_t n, bool include_driver) : system_(config_) {
  options_.key = key;
  options_.include_driver = include_driver;
  for (size_t i = 0; i < n; ++i)
    hosts_.emplace_back("host",
                        std::vector<std::string>{"a" + std::to_string(i + 1)});
  for (auto& h : hosts_) {
    auto line = h.read_line();
    if (line.empty())
      throw failure{error{errc::host_unreachable, "a host did not start"}};
    endpoint where;
    where.port = static_cast<uint16_t>(std::stoi(line));
    options_.hosts.push_back(where);
  }
  cluster_ = std::make_unique<cluster>(system_, options_);
}

TEST_CASE("a cluster of two processes meets and parts") {
  local_cluster c{2};
  REQUIRE(c.runtime().hosts().size() == 3);
  CHECK(c.runtime().hosts()[1].name == "a1");
  c.runtime().stop_hosts();
  CHECK(c.host(0).wait() == 0);
  CHECK(c.host(1).wait() == 0);
}

} // namespace morph::test
