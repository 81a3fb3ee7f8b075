// Batches that are read and decoded ahead while the steps before them run:
//
//   auto rows = unwrap(rows_of(rt.io(), "images", "labels").wait());
//   auto batches = rows.scaled(1 / 255.0).batches(32).shuffled(7).ahead(2);
//   while (auto b = batches.take())
//     s.step({{x, b->x}, {t, b->y}});
//
// Thread-safety: sources are values; a stream is used by one at a time.
//
// Invariants:
// 1. The batches are those of `dataset::batches` over the same rows with the
//    same seed, in the same order, bit for bit.
// 2. At most `ahead` batches beyond the one asked for are read or held, none
//    where the io cannot overlap.
// 3. Dropping the stream cancels what is being read.
#pragma once

#include <morph/actors/io/io.hpp>
#include <morph/graph/io/dataset.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace morph {

class batch_stream;

/// Rows of examples that can be fetched in any order.
class row_source {
public:
  /// Fetches the rows named, in that order.
  using fetch = std::function<io_operation<dataset>(std::vector<int64_t>)>;

  row_source(int64_t size, bool overlaps, fetch f)
    : size_(size), overlaps_(overlaps), fetch_(std::move(f)) {
    // nop
  }

  int64_t size() const noexcept {
    return size_;
  }

  bool overlaps() const noexcept {
    return overlaps_;
  }

  /// As `dataset::scaled`.
  row_source scaled(double factor) const;

  io_operation<dataset> rows(std::vector<int64_t> indices) const {
    return fetch_(std::move(indices));
  }

  /// As `dataset::batches`. Throws `failure` (MM0108) for less than one row.
  batch_stream batches(int64_t rows_per_batch) const;

private:
  int64_t size_;
  bool overlaps_;
  fetch fetch_;
};

/// Rows that are in memory.
row_source rows_of(dataset x);

/// An IDX or NPY file of examples.
io_operation<row_source> rows_of(io& x, std::filesystem::path examples);

/// As above, with another of labels: those of IDX files become i64. MM0107 if
/// they differ in rows.
io_operation<row_source> rows_of(io& x, std::filesystem::path examples,
                                 std::filesystem::path labels);

class batch_stream {
public:
  batch_stream(row_source rows, int64_t rows_per_batch);
  batch_stream(batch_stream&&) noexcept;
  batch_stream& operator=(batch_stream&&) noexcept;
  ~batch_stream();

  // As those of `batch_range`. REQUIRES: before the first batch.

  batch_stream shuffled(uint64_t seed) &&;
  batch_stream epochs(int64_t n) &&;
  batch_stream full_only() &&;

  /// How many batches are read before they are asked for; 2 without this call.
  batch_stream ahead(size_t n) &&;

  /// Number of batches of all epochs.
  int64_t size() const noexcept;

  /// The next batch, none after the last. After an error the same batch is
  /// tried again; a wait that was cancelled loses none. REQUIRES: the one
  /// before is complete, and the stream lives until this one is.
  io_operation<std::optional<minibatch>> next();

  /// As `next`; blocks, and throws `failure`.
  std::optional<minibatch> take();

private:
  class state;
  std::shared_ptr<state> state_;
};

} // namespace morph
