#include <morph/actors/io/memory_disk.hpp>

#include <algorithm>

namespace morph::detail {

namespace {

using change = memory_disk::inode::change;

void redo(std::vector<std::byte>& to, const change& x, size_t n) {
  if (x.truncates)
    to.clear();
  if (n > 0 && x.offset + n > to.size())
    to.resize(x.offset + n);
  std::copy_n(x.bytes.begin(), n,
              to.begin() + static_cast<std::ptrdiff_t>(x.offset));
}

void redo(std::vector<std::byte>& to, const change& x) {
  redo(to, x, x.bytes.size());
}

std::filesystem::path plain(const std::filesystem::path& p) {
  return p.lexically_normal();
}

} // namespace

result<memory_disk::inode_ptr> memory_disk::open(const path& p,
                                                 open_mode mode) {
  auto i = names_.find(plain(p));
  auto there = i != names_.end();
  if (there ? mode == open_mode::create : mode == open_mode::read)
    return fail(errc::cannot_open,
                "cannot open " + p.string() + ": "
                  + (there ? "File exists" : "No such file or directory"));
  if (!there) {
    auto x = std::make_shared<inode>();
    change({plain(p), x, {}});
    return x;
  }
  auto x = i->second;
  if (mode == open_mode::truncate && !x->content.empty()) {
    x->unsynced.push_back({0, {}, true});
    x->content.clear();
  }
  return x;
}

bool memory_disk::has(const path& p) const {
  return names_.contains(plain(p));
}

size_t memory_disk::write(inode& x, uint64_t offset, const_bytes bytes,
                          uint64_t capacity) {
  auto room = capacity - std::min(capacity, used());
  auto n = bytes.size();
  auto size = x.content.size();
  if (offset + n > size && offset + n - size > room)
    n = size + room > offset ? static_cast<size_t>(size + room - offset) : 0;
  if (n == 0)
    return 0;
  x.unsynced.push_back({offset, {bytes.begin(), bytes.begin() + n}, false});
  redo(x.content, x.unsynced.back());
  return n;
}

void memory_disk::sync(inode& x) {
  x.unsynced.clear();
  x.synced = x.content;
}

bool memory_disk::rename(const path& from, const path& to) {
  auto i = names_.find(plain(from));
  if (i == names_.end())
    return false;
  if (plain(from) != plain(to))
    change({plain(to), i->second, plain(from)});
  return true;
}

bool memory_disk::remove(const path& p) {
  if (!has(p))
    return false;
  change({plain(p), nullptr, {}});
  return true;
}

void memory_disk::sync_names() {
  unsynced_.clear();
  synced_ = names_;
}

void memory_disk::crash(const crash_survivors& x) {
  for (size_t i = 0; i < unsynced_.size() && i < x.names; ++i)
    set(synced_, unsynced_[i]);
  unsynced_.clear();
  names_ = synced_;
  for (auto& [name, file] : names_) {
    for (size_t i = 0; i < file->unsynced.size(); ++i) {
      auto& c = file->unsynced[i];
      if (i < x.writes)
        redo(file->synced, c);
      else if (i == x.writes)
        redo(file->synced, c, std::min(x.bytes, c.bytes.size()));
    }
    file->unsynced.clear();
    file->content = file->synced;
  }
}

std::optional<std::string> memory_disk::text(const path& p) const {
  auto i = names_.find(plain(p));
  if (i == names_.end())
    return std::nullopt;
  auto& x = i->second->content;
  return std::string{reinterpret_cast<const char*>(x.data()), x.size()};
}

std::vector<std::filesystem::path> memory_disk::files() const {
  std::vector<path> out;
  for (auto& [name, file] : names_)
    out.push_back(name);
  return out;
}

void memory_disk::set(names& to, const name_change& x) {
  if (!x.also_gone.empty())
    to.erase(x.also_gone);
  if (x.file)
    to[x.name] = x.file;
  else
    to.erase(x.name);
}

void memory_disk::change(name_change x) {
  set(names_, x);
  unsynced_.push_back(std::move(x));
}

uint64_t memory_disk::used() const noexcept {
  uint64_t n = 0;
  for (auto& [name, file] : names_)
    n += file->content.size();
  return n;
}

} // namespace morph::detail
