// morph up: host processes on this machine, until it ends.
#include <morph/apps/morph/child_hosts.hpp>
#include <morph/apps/morph/interrupt.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/key.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/graph/clock.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

namespace morph::cli {

namespace {

struct up_call {
  size_t count = 3;
  size_t workers = 0;
  std::string file = default_hosts_file;
  double seconds = 0;
  bool until_eof = false;
  std::vector<std::string> plugins;
};

/// Removes the files when the hosts are gone.
struct traces {
  std::filesystem::path hosts;
  std::filesystem::path key;

  ~traces() {
    std::error_code ignored;
    std::filesystem::remove(hosts, ignored);
    std::filesystem::remove(key, ignored);
  }
};

/// Waits a moment; true if the standard input has ended.
bool input_ended(bool watch) {
  pollfd x{watch ? STDIN_FILENO : -1, POLLIN, 0};
  if (poll(&x, 1, 100) <= 0)
    return false;
  char chunk[256];
  return read(STDIN_FILENO, chunk, sizeof(chunk)) <= 0;
}

void announce(const child_hosts& hosts, const up_call& x, size_t workers,
              bool json) {
  if (json) {
    auto list = nlohmann::json::array();
    for (auto& h : hosts.hosts())
      list.push_back({{"name", h.name},
                      {"address", to_string(h.where)},
                      {"pid", h.pid},
                      {"workers", workers}});
    say(nlohmann::json{
      {"event", "ready"}, {"hosts", list}, {"hosts_file", x.file}});
    return;
  }
  for (auto& h : hosts.hosts())
    say("host " + h.name + " ready " + to_string(h.where) + " "
        + std::to_string(workers) + (workers == 1 ? " worker" : " workers"));
  say("use --hosts " + x.file + "; Ctrl-C ends them");
}

exit_code run_up(const up_call& x, const invocation& call) {
  auto processors = std::max(1u, std::thread::hardware_concurrency());
  auto workers
    = x.workers > 0 ? x.workers : std::max<size_t>(1, processors / x.count);
  auto key = make_key();
  auto path = std::filesystem::absolute(x.file);
  auto key_path = path;
  key_path.replace_extension(".key");
  child_hosts hosts{{x.count, workers, key, x.plugins}};
  traces files{path, key_path};
  write_key(key_path, key);
  write_hosts_file(path, {key_path.string(), hosts.hosts()});
  announce(hosts, x, workers, call.json);
  auto deadline = now_ns() + static_cast<int64_t>(x.seconds * 1e9);
  while (!interrupted() && (x.seconds <= 0 || now_ns() < deadline)
         && !input_ended(x.until_eof)) {
    if (auto* dead = hosts.find_dead())
      note("host " + dead->name + " has ended");
    if (hosts.alive() == 0)
      throw failure{error{errc::host_lost, "all hosts have ended"}};
  }
  return exit_code::ok;
}

} // namespace

void add_up(CLI::App& root, invocation& call) {
  auto* verb = add_verb(root, "up", "Start host processes on this machine",
                        "  morph up -n 3\n"
                        "  morph up -n 2 --for 60 --hosts-file /tmp/two.json");
  auto x = std::make_shared<up_call>();
  verb->add_option("-n,--count", x->count, "Number of hosts")
    ->check(CLI::Range(1, 64))
    ->capture_default_str();
  verb->add_option("--workers", x->workers,
                   "Threads of each; 0 shares out the processors");
  verb
    ->add_option("--hosts-file", x->file,
                 "Written for --hosts; removed at the end")
    ->capture_default_str();
  verb->add_option("--for", x->seconds, "End after so many seconds")
    ->check(CLI::NonNegativeNumber);
  verb->add_flag("--until-eof", x->until_eof,
                 "End when the standard input does");
  verb->add_option("--plugin", x->plugins,
                   "Shared library that brings node types; repeatable");
  verb->callback(
    [x, &call] { call.run = [x, &call] { return run_up(*x, call); }; });
}

} // namespace morph::cli
