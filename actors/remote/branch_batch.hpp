// What driver and host write to each other about branches: the bodies of
// `control` messages with the verbs `branches` and `branches_done`.
//
// A body to a host starts and cancels many branches; one to a driver tells of
// many that are done. Each function is named once in a body. Bodies to a host
// are numbered, since large ones are overtaken by small ones.
//
// Thread-safety: none.
// Invariant: a reader compares each length with what is there before it
// allocates, and refuses bodies that are malformed anywhere.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/blob.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace morph::tasks {

/// Arguments and results may have so many bytes.
inline constexpr size_t max_travelling = size_t{1} << 30;

/// Bodies are closed when they have grown so large: below what links call
/// bulk.
inline constexpr size_t full_body = 48 << 10;

struct function_name {
  std::string name;
  uint64_t signature = 0;
};

/// One branch to start.
struct start_request {
  uint64_t id = 0;
  uint32_t function = 0; ///< Index into the names of its body.
  int32_t priority = 0;
  std::optional<int64_t> remaining_ns; ///< Until its deadline.
  blob arguments;
};

/// Branches `first` to `last`, those of them that are there.
struct id_range {
  uint64_t first = 0;
  uint64_t last = 0;
};

struct branch_orders {
  uint64_t number = 0; ///< Counts from 1.
  std::vector<function_name> names;
  std::vector<start_request> starts;
  std::vector<id_range> cancels;

  bool empty() const noexcept {
    return starts.empty() && cancels.empty();
  }

  /// Appends `id`, which is larger than those before if it can be.
  void cancel(uint64_t id);
};

enum class branch_end : uint8_t {
  done,      ///< `content` is its result.
  failed,    ///< `content` is an error.
  cancelled, ///< As the driver has asked.
  lost,      ///< Never sent: the host is gone, `content` is an error.
};

struct branch_report {
  uint64_t id = 0;
  branch_end how = branch_end::done;
  int64_t run_ns = 0;  ///< From its first instruction to its last.
  int64_t stay_ns = 0; ///< From its arrival.
  blob content;
};

blob write_orders(const branch_orders& x);
std::optional<branch_orders> read_orders(const blob& from);

/// Writes reports one by one.
class report_writer {
public:
  void add(uint64_t id, branch_end how, int64_t run_ns, int64_t stay_ns,
           const std::vector<std::byte>& content);

  bool empty() const noexcept {
    return bytes_.empty();
  }

  size_t size() const noexcept {
    return bytes_.size();
  }

  blob take() {
    return blob{std::exchange(bytes_, {})};
  }

private:
  std::vector<std::byte> bytes_;
};

std::optional<std::vector<branch_report>> read_reports(const blob& from);

/// An error as the content of a report, and back.
std::vector<std::byte> write_error(const error& x);
error read_error(const blob& from);

} // namespace morph::tasks
