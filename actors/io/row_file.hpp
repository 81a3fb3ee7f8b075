// Rows of an IDX or NPY array, read through an `io` where they are wanted, and
// CSV tables, which have to be read as a whole.
//
// Thread-safety: handles may be copied and used from any thread.
#pragma once

#include <morph/actors/io/io.hpp>
#include <morph/graph/io/csv.hpp>
#include <morph/graph/io/row_layout.hpp>

#include <memory>
#include <vector>

namespace morph {

class row_file {
public:
  row_file(file f, row_layout layout)
    : file_(std::move(f)),
      layout_(std::make_shared<const row_layout>(std::move(layout))) {
    // nop
  }

  /// Reads the head. Errors are those of `read_idx` and `read_npy`.
  static io_operation<row_file> open(io& x, std::filesystem::path path);

  const row_layout& layout() const noexcept {
    return *layout_;
  }

  /// The rows named, in that order; neighbours are read in one call. REQUIRES:
  /// each is below `layout().rows()`.
  io_operation<tensor> read(std::vector<int64_t> rows) const;

private:
  file file_;
  std::shared_ptr<const row_layout> layout_;
};

/// Reads a table through an `io`; decoded where the last of it arrives.
io_operation<csv_table> read_csv(io& x, std::filesystem::path path,
                                 csv_options options);

io_operation<csv_table> read_csv(io& x, std::filesystem::path path);

} // namespace morph
