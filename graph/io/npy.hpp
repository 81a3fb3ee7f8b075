// Reader and writer of NPY, the format of numpy.save: "\x93NUMPY", version,
// length of a head, the head as a Python dictionary, then the elements, little
// endian, row by row. Versions 1.0, 2.0 and 3.0 are read; 1.0 is written.
//
// Thread-safety: free functions, safe from any thread.
//
// Errors: MM0401 cannot open, MM0402 shorter than its head says, MM0403 not
// NPY, MM0404 Fortran order, big-endian, or an element type without a dtype
// here, MM0405 cannot write; each names the file, reading errors the offset.
// Nothing is allocated beyond the file's size.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/io/row_layout.hpp>
#include <morph/graph/tensor.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace morph {

result<tensor> read_npy(const std::filesystem::path& path);

/// As `read_npy`; `name` stands in errors for that of a file.
result<tensor> decode_npy(std::span<const std::byte> bytes,
                          std::string name = "npy");

/// What comes before the elements; see row_layout.hpp.
result<row_layout> npy_layout(std::span<const std::byte> head, uint64_t size,
                              std::string name);

/// Replaces the file as a whole or not at all. REQUIRES: not a null tensor.
result<void> write_npy(const std::filesystem::path& path, const tensor& x);

/// What `write_npy` puts before the elements; its size is a multiple of 64.
std::string npy_head(dtype t, const shape& s);

} // namespace morph
