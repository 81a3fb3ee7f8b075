#include <morph/actors/config.hpp>
#include <morph/actors/node_from_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/runtime/cluster.hpp>
#include <morph/actors/session/step_service.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace morph {

namespace {

[[noreturn]] void refuse_option(std::string what, std::string fix) {
  throw failure{
    error{errc::invalid_attribute, std::move(what)}.remedy(std::move(fix))};
}

struct known_hosts {
  std::vector<endpoint> where;
  std::string key_file;
};

/// Reads the file that `morph up` writes.
known_hosts read_hosts(const std::string& path) {
  std::ifstream in{path};
  auto all = nlohmann::json::parse(in, nullptr, false);
  known_hosts out;
  try {
    out.key_file = all.at("key_file");
    for (auto& x : all.at("hosts"))
      out.where.push_back(
        unwrap(parse_endpoint(x.at("address").get<std::string>())));
  } catch (const nlohmann::json::exception&) {
    throw failure{
      error{errc::malformed_file, "'" + path + "' is not a file of morph up"}};
  }
  return out;
}

known_hosts find_hosts(const std::string& text) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(text, ignored))
    return read_hosts(text);
  known_hosts out;
  size_t begin = 0;
  while (begin <= text.size()) {
    auto end = std::min(text.find(',', begin), text.size());
    out.where.push_back(
      unwrap(parse_endpoint(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return out;
}

std::string find_key(const std::string& file) {
  std::string out;
  if (file.empty()) {
    if (auto* key = std::getenv("MORPH_KEY"))
      out = key;
  } else {
    std::ifstream in{file};
    if (!in)
      throw failure{
        error{errc::cannot_open, "cannot open the key file '" + file + "'"}};
    std::getline(in, out);
  }
  while (!out.empty() && std::isspace(static_cast<unsigned char>(out.back())))
    out.pop_back();
  if (out.empty())
    refuse_option("hosts were named, but no key to meet them",
                  "pass --key-file, or set MORPH_KEY in the environment");
  return out;
}

} // namespace

void configure_actors(caf::actor_system_config& cfg,
                      const system_options& options) {
  configure(cfg, options);
  cfg.load<caf::id_block::morph_session>();
  cfg.load<caf::id_block::morph_actor_node>();
}

config::config(const system_options& options) {
  configure_actors(*this, options);
  opt_group{custom_options_, "global"}
    .add(runtime_, "runtime", "inline, threads or cluster")
    .add(hosts_, "hosts", "file of morph up, or addresses with commas between")
    .add(key_file_, "key-file", "the key that all hosts share")
    .add(seed, "seed", "of what the program draws at random");
}

std::unique_ptr<runtime> config::runtime(caf::actor_system& sys) const {
  auto name = !runtime_.empty() ? runtime_
              : hosts_.empty()  ? std::string{"inline"}
                                : std::string{"cluster"};
  if (name == "cluster") {
    if (hosts_.empty())
      refuse_option("the cluster has no hosts",
                    "name them: --hosts=127.0.0.1:4001,127.0.0.1:4002");
    cluster_options options;
    auto found = find_hosts(hosts_);
    options.hosts = std::move(found.where);
    options.key = find_key(key_file_.empty() ? found.key_file : key_file_);
    return std::make_unique<cluster>(sys, options);
  }
  if (!hosts_.empty())
    refuse_option("hosts were named, but the runtime is '" + name + "'",
                  "leave out --runtime, or say --runtime=cluster");
  if (name == "threads")
    return std::make_unique<thread_runtime>(sys);
  if (name == "inline")
    return std::make_unique<inline_runtime>();
  refuse_option("there is no runtime '" + name + "'",
                "use inline, threads or cluster");
}

} // namespace morph
