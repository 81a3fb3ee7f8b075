#include <morph/actors/remote/function_table.hpp>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace morph::tasks {

namespace {

struct function_table {
  std::shared_mutex mutex;
  std::deque<remote_function> rows;
  std::map<std::string, const remote_function*, std::less<>> by_name;
};

function_table& functions() {
  static function_table instance;
  return instance;
}

} // namespace

void register_function(remote_function x) {
  auto& t = functions();
  std::unique_lock guard{t.mutex};
  if (t.by_name.count(x.name) > 0)
    return;
  auto& row = t.rows.emplace_back(std::move(x));
  t.by_name.emplace(row.name, &row);
}

const remote_function* find_function(const function_key& key) noexcept {
  auto& t = functions();
  std::shared_lock guard{t.mutex};
  for (auto& row : t.rows)
    if (row.key == key)
      return &row;
  return nullptr;
}

const remote_function* find_function(std::string_view name) noexcept {
  auto& t = functions();
  std::shared_lock guard{t.mutex};
  auto i = t.by_name.find(name);
  return i == t.by_name.end() ? nullptr : i->second;
}

std::vector<std::string> known_functions() {
  auto& t = functions();
  std::shared_lock guard{t.mutex};
  std::vector<std::string> out;
  for (auto& [name, row] : t.by_name)
    out.push_back(name);
  return out;
}

size_t num_functions() noexcept {
  auto& t = functions();
  std::shared_lock guard{t.mutex};
  return t.rows.size();
}

uint64_t signature_of(std::string_view type_name) noexcept {
  uint64_t h = 14695981039346656037u; // FNV-1a
  for (auto c : type_name)
    h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return h;
}

} // namespace morph::tasks
