// The file in which `morph up` tells where its hosts are:
//
//   {"key_file": "/tmp/x/morph-hosts.key",
//    "hosts": [{"name": "a1", "address": "127.0.0.1:40101", "pid": 17}]}
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/transport/membership.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace morph::cli {

struct known_host {
  std::string name;
  endpoint where;
  int pid = 0;
};

struct hosts_file {
  std::string key_file;
  std::vector<known_host> hosts;
};

/// Where `morph up` writes and names are looked up unless told otherwise.
inline constexpr auto default_hosts_file = "morph-hosts.json";

/// MM0405 if the file cannot be replaced.
void write_hosts_file(const std::filesystem::path& path, const hosts_file& x);

/// MM0401, MM0403.
hosts_file read_hosts_file(const std::filesystem::path& path);

/// Reads what stands after `--hosts`: such a file, or a list of addresses and
/// of names in `morph-hosts.json`, with commas between. MM0506 for a name that
/// is nowhere.
hosts_file find_hosts(const std::string& text);

} // namespace morph::cli
