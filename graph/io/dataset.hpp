// Examples to learn from: rows of `x`, and rows of `y` that belong to them; cut
// into parts and into batches in an order that a seed determines.
//
// Thread-safety: a dataset is a plain value; a range of batches likewise; an
// iterator is for one thread.
//
// Invariants:
// 1. `x` and `y`, where they are not null, have equally many rows.
// 2. The order of batches depends on the number of rows, the seed and the
//    epoch alone: it is the same on every machine.
//
// Errors: the functions here throw `failure`: MM0107 if rows do not match,
// MM0108 for a size or fraction out of range.
#pragma once

#include <morph/graph/tensor.hpp>

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace morph {

class batch_range;

struct dataset {
  tensor x; ///< [rows, ...]
  tensor y; ///< [rows, ...], or null.

  /// Number of rows. REQUIRES: `x` is not null and has an axis.
  int64_t size() const noexcept {
    return x.shape()[0];
  }

  /// Multiplies `x`; integers become f32 first.
  dataset scaled(double factor) const;

  /// The rows named, in that order. REQUIRES: each is below `size()`.
  dataset rows(std::span<const int64_t> indices) const;

  /// Rows in file order, the last batch smaller if they do not divide evenly.
  batch_range batches(int64_t rows_per_batch) const;
};

/// What is learnt from and what is kept back to measure.
struct datasets {
  dataset train;
  dataset test;
  std::vector<std::string> classes; ///< Of a text label; see csv.hpp.
};

/// The first `train_fraction` of the rows, rounded down, and the others.
datasets split(const dataset& x, double train_fraction);

/// As above after shuffling the rows.
datasets split(const dataset& x, double train_fraction, uint64_t seed);

/// Some rows.
struct minibatch {
  tensor x;
  tensor y;
  int64_t epoch = 0;
  int64_t index = 0; ///< Within the epoch.
};

/// Batches for a range-for loop; each is made when the loop gets there.
class batch_range {
public:
  batch_range(dataset x, int64_t rows_per_batch);

  /// In another order in each epoch.
  batch_range shuffled(uint64_t seed) const;

  /// As many passes over the rows.
  batch_range epochs(int64_t n) const;

  /// Leaves out the smaller batch at the end of an epoch.
  batch_range full_only() const;

  int64_t batches_per_epoch() const noexcept;

  /// Number of batches of all epochs.
  int64_t size() const noexcept {
    return batches_per_epoch() * epochs_;
  }

  /// Any batch of any epoch, without those before it. REQUIRES:
  /// `0 <= epoch` and `0 <= index < batches_per_epoch()`.
  minibatch at(int64_t epoch, int64_t index) const;

  class iterator {
  public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = minibatch;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    explicit iterator(const batch_range& range);

    const minibatch& operator*() const noexcept {
      return current_;
    }

    const minibatch* operator->() const noexcept {
      return &current_;
    }

    iterator& operator++();

    void operator++(int) {
      ++*this;
    }

    friend bool operator==(const iterator& x, std::default_sentinel_t) {
      return x.position_ >= x.range_->size();
    }

  private:
    void load();

    const batch_range* range_ = nullptr;
    int64_t position_ = 0;
    std::vector<int64_t> order_; ///< Of the current epoch.
    minibatch current_;
  };

  iterator begin() const {
    return iterator{*this};
  }

  std::default_sentinel_t end() const noexcept {
    return {};
  }

private:
  std::vector<int64_t> order_of(int64_t epoch) const;
  minibatch cut(const std::vector<int64_t>& order, int64_t epoch,
                int64_t index) const;

  dataset rows_;
  int64_t rows_per_batch_;
  int64_t epochs_ = 1;
  std::optional<uint64_t> seed_;
  bool full_only_ = false;
};

/// The numbers below `n` in an order that `seed` and `stream` determine:
/// Fisher-Yates with SplitMix64 (Steele, Lea, Flood, 2014) started at a mix of
/// the two, and rejection so that each order is equally likely.
std::vector<int64_t> permutation(int64_t n, uint64_t seed, uint64_t stream);

} // namespace morph
