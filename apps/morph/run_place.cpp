#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/runtime/cluster.hpp>
#include <morph/apps/morph/actor_world.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/key.hpp>
#include <morph/apps/morph/run_place.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <thread>

namespace morph::cli {

namespace {

size_t processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

/// The explicit choice, or the one that the other words imply.
std::string chosen_runtime(const place_options& x) {
  auto hosts = !x.hosts.empty() || x.local > 0;
  if (x.runtime.empty())
    return hosts ? "cluster" : "inline";
  if (hosts && x.runtime != "cluster")
    throw usage_error{"--hosts and --local are for --runtime cluster"};
  return x.runtime;
}

} // namespace

void add_place_options(CLI::App& verb, place_options& x, bool threads) {
  auto* group = verb.add_option_group("Where");
  auto* hosts = group->add_option(
    "--hosts", x.hosts,
    "Hosts: a file of morph up, or addresses with commas between");
  group
    ->add_option("--local", x.local,
                 "Start so many host processes for this run")
    ->check(CLI::Range(1, 64))
    ->excludes(hosts);
  group->add_option("--key-file", x.key_file,
                    "Key of the hosts; else that of the hosts file, or "
                    "MORPH_KEY");
  group->add_option("--plugin", x.plugins,
                    "Shared library that brings node types; repeatable");
  if (!threads)
    return;
  group
    ->add_option("--runtime", x.runtime,
                 "inline, threads or cluster; cluster if there are hosts")
    ->check(CLI::IsMember({"inline", "threads", "cluster"}));
  group->add_option("--workers", x.workers,
                    "Threads of this process, or of each local host");
  group->add_flag("--include-driver", x.include_driver,
                  "This process may run nodes, too");
}

run_place::run_place(const place_options& x) {
  auto kind = chosen_runtime(x);
  if (kind == "inline") {
    runtime_ = std::make_unique<inline_runtime>();
    name_ = kind;
  } else if (kind == "threads") {
    auto workers = x.workers > 0 ? x.workers : processors();
    runtime_ = std::make_unique<thread_runtime>(workers);
    name_ = "threads(" + std::to_string(workers) + ")";
  } else {
    join_cluster(x);
  }
}

void run_place::join_cluster(const place_options& x) {
  cluster_options options;
  options.include_driver = x.include_driver;
  if (!x.hosts.empty()) {
    auto found = find_hosts(x.hosts);
    for (auto& h : found.hosts)
      options.hosts.push_back(h.where);
    options.key = find_key(x.key_file.empty() ? found.key_file : x.key_file);
  } else {
    auto n = x.local > 0 ? x.local : 3;
    auto each
      = x.workers > 0 ? x.workers : std::max<size_t>(1, processors() / n);
    options.key = make_key();
    children_ = child_hosts{{n, each, options.key, x.plugins}};
    for (auto& h : children_.hosts())
      options.hosts.push_back(h.where);
  }
  name_ = "cluster(" + std::to_string(options.hosts.size()) + ")";
  world_ = std::make_unique<actor_world>(1);
  auto made = std::make_unique<morph::cluster>(world_->system(), options);
  cluster_ = made.get();
  runtime_ = std::move(made);
}

run_place::~run_place() {
  // nop
}

} // namespace morph::cli
