// Where the rows of an array are in its file, so that some of them can be read
// without the others: IDX and NPY.
//
// Thread-safety: plain values and free functions.
//
// Errors are those of `read_idx` and `read_npy`, with the same texts.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace morph {

struct row_layout {
  std::string name;        ///< Of the file, for errors.
  dtype type = u8;         ///< Of the tensor.
  shape extents;           ///< Of all rows: the first axis counts them.
  uint64_t first = 0;      ///< Offset of the first row.
  size_t stored_bytes = 1; ///< Of an element in the file;
  bool big_endian = false; ///< and its order.

  int64_t rows() const noexcept {
    return extents[0];
  }

  /// Bytes of a row in the file.
  uint64_t row_bytes() const noexcept;
};

/// The most that a head takes: as many bytes of a file, or all of a shorter
/// one, suffice for `layout_of`.
inline constexpr size_t max_layout_head = (size_t{1} << 20) + 16;

/// Reads what comes before the rows; `size` is that of the whole file. MM0107
/// for an array without an axis.
result<row_layout> layout_of(std::span<const std::byte> head, uint64_t size,
                             std::string name);

/// Rows whose stored bytes lie one after the other in `stored`; they begin at
/// `offset` of the file, for errors.
result<tensor> decode_rows(const row_layout& x, int64_t rows,
                           std::span<const std::byte> stored, uint64_t offset);

} // namespace morph
