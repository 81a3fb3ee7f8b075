#include <morph/apps/morph/hosts_file.hpp>
#include <morph/graph/graph.hpp>
#include <morph/graph/io/atomic_file.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <optional>
#include <sstream>

namespace morph::cli {

namespace {

/// The host that the default file calls `name`.
known_host look_up(const std::string& name, std::optional<hosts_file>& known) {
  std::vector<std::string> names;
  if (!known && std::filesystem::exists(default_hosts_file))
    known = read_hosts_file(default_hosts_file);
  if (known)
    for (auto& x : known->hosts) {
      if (x.name == name)
        return x;
      names.push_back(x.name);
    }
  auto near = nearest(name, names);
  auto e = error{errc::unknown_host,
                 "'" + name + "' is neither an address nor a host in "
                   + default_hosts_file
                   + (near.empty() ? "" : "; the nearest is '" + near + "'")};
  e.remedy("write host:port, or start hosts with morph up");
  throw failure{std::move(e)};
}

} // namespace

void write_hosts_file(const std::filesystem::path& path, const hosts_file& x) {
  auto hosts = nlohmann::json::array();
  for (auto& h : x.hosts)
    hosts.push_back(
      {{"name", h.name}, {"address", to_string(h.where)}, {"pid", h.pid}});
  auto file = unwrap(atomic_file::create(path));
  auto text
    = nlohmann::json{{"key_file", x.key_file}, {"hosts", hosts}}.dump(2) + "\n";
  unwrap(file.write(text));
  unwrap(file.commit());
}

hosts_file read_hosts_file(const std::filesystem::path& path) {
  std::ifstream in{path};
  if (!in)
    throw failure{
      error{errc::cannot_open, path.string() + ": cannot open the hosts file"}};
  hosts_file out;
  try {
    auto x = nlohmann::json::parse(in);
    out.key_file = x.value("key_file", "");
    for (auto& h : x.at("hosts"))
      out.hosts.push_back(
        {h.value("name", ""),
         unwrap(parse_endpoint(h.at("address").get<std::string>())),
         h.value("pid", 0)});
  } catch (const nlohmann::json::exception& e) {
    throw failure{error{errc::malformed_file,
                        path.string() + ": not a hosts file: " + e.what()}};
  }
  if (out.hosts.empty())
    throw failure{
      error{errc::malformed_file, path.string() + ": names no host"}};
  return out;
}

hosts_file find_hosts(const std::string& text) {
  if (std::filesystem::is_regular_file(text))
    return read_hosts_file(text);
  if (text.size() > 5 && text.ends_with(".json"))
    return read_hosts_file(text); // says that it is not there
  hosts_file out;
  std::optional<hosts_file> known;
  std::istringstream in{text};
  for (std::string item; std::getline(in, item, ',');) {
    if (item.empty())
      continue;
    if (item.find(':') == std::string::npos) {
      out.hosts.push_back(look_up(item, known));
      out.key_file = known->key_file;
      continue;
    }
    out.hosts.push_back({"", unwrap(parse_endpoint(item)), 0});
  }
  if (out.hosts.empty())
    throw failure{error{errc::unknown_host, "--hosts names no host"}};
  return out;
}

} // namespace morph::cli
