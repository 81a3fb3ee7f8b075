// Files in memory that know what a disk would still have after the machine has
// stopped.
//
// Thread-safety: none.
//
// Invariants:
// 1. Content reaches the disk with the sync of its file, names (new files,
//    renames, removals) with that of a folder; one says nothing of the other.
// 2. Names reach it in their order, each whole or not at all.
// 3. Of content that was not synced any first part of the writes may survive,
//    and of the next write any first part of its bytes.
#pragma once

#include <morph/actors/io/io.hpp>

#include <deque>
#include <limits>
#include <map>
#include <optional>

namespace morph {

/// What of the changes that were not synced is on the disk after a crash.
struct crash_survivors {
  uint64_t names = 0;  ///< As many changes of names.
  uint64_t writes = 0; ///< As many writes to each file,
  uint64_t bytes = 0;  ///< and as many bytes of the write after them.
};

namespace detail {

class memory_disk {
public:
  using path = std::filesystem::path;

  struct inode {
    struct change {
      uint64_t offset = 0;
      std::vector<std::byte> bytes;
      bool truncates = false; ///< Drops all content first.
    };

    std::vector<std::byte> content;
    std::vector<std::byte> synced;
    std::deque<change> unsynced;
  };

  using inode_ptr = std::shared_ptr<inode>;

  result<inode_ptr> open(const path& p, open_mode mode);

  bool has(const path& p) const;

  /// As much as there is room for on a disk of `capacity` bytes; none means
  /// that it is full.
  size_t write(inode& x, uint64_t offset, const_bytes bytes, uint64_t capacity);

  void sync(inode& x);

  /// False if there is no such file.
  bool rename(const path& from, const path& to);
  bool remove(const path& p);

  /// Everything that was renamed, made or removed is so on the disk.
  void sync_names();

  uint64_t unsynced_names() const noexcept {
    return unsynced_.size();
  }

  void crash(const crash_survivors& x);

  /// Content of a file; none if there is no such file.
  std::optional<std::string> text(const path& p) const;

  std::vector<path> files() const;

private:
  using names = std::map<path, inode_ptr>;

  /// The name stands for another file, or for none if that is null.
  struct name_change {
    path name;
    inode_ptr file;
    path also_gone; ///< The old name of what was renamed, or empty.
  };

  static void set(names& to, const name_change& x);
  void change(name_change x);
  uint64_t used() const noexcept;

  names names_;
  names synced_;
  std::deque<name_change> unsynced_;
};

} // namespace detail
} // namespace morph
