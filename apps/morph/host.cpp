// morph host: offers this process to drivers.
#include <morph/actors/host/host.hpp>
#include <morph/apps/morph/actor_world.hpp>
#include <morph/apps/morph/interrupt.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/key.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/plugins.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

namespace morph::cli {

namespace {

constexpr auto heartbeat = std::chrono::milliseconds(50);

struct host_call {
  std::string name = "host-" + std::to_string(getpid());
  std::string listen = "127.0.0.1:0";
  std::string key_file;
  size_t workers = 0;
  std::vector<std::string> plugins;
};

void announce(const host_call& x, const endpoint& where, bool json) {
  auto workers
    = x.workers > 0 ? x.workers : std::thread::hardware_concurrency();
  if (json)
    say(nlohmann::json{{"event", "ready"},
                       {"name", x.name},
                       {"address", to_string(where)},
                       {"workers", workers},
                       {"pid", getpid()}});
  else
    say("host " + x.name + " ready " + to_string(where) + " "
        + std::to_string(workers) + (workers == 1 ? " worker" : " workers"));
}

exit_code run_host(const host_call& x, const invocation& call) {
  auto key = find_key(x.key_file);
  load_plugins(x.plugins);
  auto where = unwrap(parse_endpoint(x.listen));
  actor_world world{x.workers};
  host_options options;
  options.name = x.name;
  options.where = where;
  options.key = std::move(key);
  if (!call.quiet)
    options.on_event = [name = x.name](const std::string& line) {
      note("host " + name + ": " + line);
    };
  host offered{world.system(), options};
  announce(x, offered.where(), call.json);
  while (!interrupted() && !offered.wait_for(heartbeat)) {
    // Actors do the work.
  }
  return exit_code::ok;
}

} // namespace

void add_host(CLI::App& root, invocation& call) {
  auto* verb = add_verb(root, "host", "Offer this process to drivers",
                        "  morph host --name a1 --key-file key\n"
                        "  MORPH_KEY=... morph host --listen 127.0.0.1:4242\n"
                        "  morph host --key-file key --plugin ./libnodes.so");
  auto x = std::make_shared<host_call>();
  verb->add_option("--name", x->name, "As plans and pins call this host")
    ->capture_default_str();
  verb->add_option("--listen", x->listen, "Address; port 0 is any free one")
    ->capture_default_str();
  verb->add_option("--key-file", x->key_file,
                   "Key that drivers must know; else MORPH_KEY");
  verb->add_option("--workers", x->workers, "Threads; 0 is one per processor");
  verb->add_option("--plugin", x->plugins,
                   "Shared library that brings node types; repeatable");
  verb->callback(
    [x, &call] { call.run = [x, &call] { return run_host(*x, call); }; });
}

} // namespace morph::cli
