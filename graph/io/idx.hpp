// Reader of IDX, the format of the MNIST files: two zero bytes, a type byte, a
// rank byte, one big-endian 32-bit extent per axis, then the elements, big
// endian, row by row.
//
//   type  elements        tensor      type  elements        tensor
//   0x08  unsigned byte   u8          0x0C  32-bit integer  i32
//   0x09  signed byte     i32         0x0D  32-bit float    f32
//   0x0B  16-bit integer  i32         0x0E  64-bit float    f64
//
// Thread-safety: free functions, safe from any thread.
//
// Errors: MM0401 cannot open, MM0402 shorter than its head says, MM0403 not
// IDX or longer than its head says, MM0404 compressed or more than 8 axes;
// each names file and offset. Nothing is allocated beyond the file's size
// (times four for the types that are widened).
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/io/row_layout.hpp>
#include <morph/graph/tensor.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace morph {

result<tensor> read_idx(const std::filesystem::path& path);

/// As `read_idx`; `name` stands in errors for that of a file.
result<tensor> decode_idx(std::span<const std::byte> bytes,
                          std::string name = "idx");

/// What comes before the elements; see row_layout.hpp.
result<row_layout> idx_layout(std::span<const std::byte> head, uint64_t size,
                              std::string name);

} // namespace morph
