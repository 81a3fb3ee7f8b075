// Files and sockets in memory over virtual time, with faults: for simulations
// and for tests of what must survive them.
//
//   manual_timeline clock;
//   memory_io disk{clock, {.disk_bytes = 100, .short_writes = 0.5}};
//   save_file(disk, "a", bytes_of(text)).start(...);
//   clock.run();
//
// Thread-safety: none; it runs where its clock does. An operation never
// completes before its start returns.
//
// Invariant: two runs with the same seed and the same calls are the same.
#pragma once

#include <morph/actors/io/io.hpp>
#include <morph/actors/io/memory_disk.hpp>
#include <morph/actors/io/timeline.hpp>

#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace morph {

namespace detail {

class memory_world;

} // namespace detail

/// What goes wrong. Operations are counted from 0 in the order in which
/// devices are asked: a write that is cut short takes two.
struct io_faults {
  static constexpr auto never = std::numeric_limits<uint64_t>::max();

  uint64_t seed = 0;
  /// This operation fails.
  uint64_t fail_at = never;
  /// The machine stops when this operation is asked for; it does not happen,
  /// nor does what is under way. All later ones fail with MM0604.
  uint64_t crash_at = never;
  /// Writes fail when all files together have as many bytes.
  uint64_t disk_bytes = never;
  /// Parts of the reads and writes that are cut short.
  double short_reads = 0;
  double short_writes = 0;
  /// Nanoseconds that an operation takes, at least and at most.
  int64_t least_delay = 0;
  int64_t most_delay = 0;
};

/// Joins the sockets of several machines.
class memory_network;

std::shared_ptr<memory_network> make_memory_network();

class memory_io final : public io {
public:
  /// A machine of its own. The clock outlives it and all that is under way.
  explicit memory_io(io_timeline& clock, const io_faults& faults = {});

  /// A machine with this address in a network; loopback addresses mean itself.
  memory_io(io_timeline& clock, std::shared_ptr<memory_network> network,
            std::string host, const io_faults& faults = {});

  ~memory_io() override;

  std::string_view name() const noexcept override {
    return "memory";
  }

  bool overlaps() const noexcept override {
    return true;
  }

  int64_t now() const noexcept override;

  /// Operations so far.
  uint64_t operations() const noexcept;

  /// Faults from now on; the seed stays.
  void set_faults(const io_faults& x);

  /// Loses what was not synced, but for what `x` says. Open files and
  /// connections are gone; files may be opened again.
  void restart(const crash_survivors& x = {});

  /// Changes of names that a crash now could lose.
  uint64_t unsynced_names() const noexcept;

  /// Content of a file, none if there is no such file; and all names.
  std::optional<std::string> text(const path& p) const;
  std::vector<path> files() const;

protected:
  void start_open(const path& p, open_mode mode,
                  io_callback<file_ptr> done) override;
  void start_draft(const path& target, io_callback<drafted> done) override;
  void start_rename(const path& from, const path& to,
                    io_callback<void> done) override;
  void start_remove(const path& p, io_callback<void> done) override;
  void start_sync_folder(const path& p, io_callback<void> done) override;
  void start_listen(const endpoint& where,
                    io_callback<listener_ptr> done) override;
  void start_connect(const endpoint& to, std::stop_token stop,
                     io_callback<byte_ptr> done) override;
  void start_wait(int64_t when, std::stop_token stop,
                  io_callback<void> done) override;

private:
  endpoint seen_from_outside(const endpoint& x) const;

  std::shared_ptr<detail::memory_world> world_;
  std::shared_ptr<memory_network> network_;
  std::string host_;
};

} // namespace morph
