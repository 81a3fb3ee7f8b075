// Reader and writer of safetensors, the format of checkpoints: the length of a
// head in 8 bytes, the head in JSON, then the elements of all tensors without
// a gap.
//
//   {"__metadata__": {"step": "812"},
//    "hidden/w": {"dtype": "F32", "shape": [64, 128], "data_offsets": [0,
//    32768]}}
//
// Thread-safety: free functions, safe from any thread.
//
// Invariants:
// 1. Equal content gives equal bytes: the head lists names in ascending order;
//    elements stand in falling order of their size, then by name, so that each
//    tensor is aligned and there is no gap. They begin at a multiple of 8.
// 2. Saving replaces the file as a whole or not at all.
// 3. A reader accepts no gap, no overlap, no name twice, nothing beyond the
//    end, and no head beyond 100 MB; it allocates nothing before these checks.
//
// Errors: MM0401 cannot open, MM0402 truncated, MM0403 malformed, MM0404 an
// element type without a dtype here or more than 8 axes, MM0405 cannot write;
// each names the file, reading errors the offset.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace morph {

/// The content of one file.
struct tensor_file {
  std::map<std::string, tensor> tensors;
  std::map<std::string, std::string> metadata;
};

result<tensor_file> read_safetensors(const std::filesystem::path& path);

/// As `read_safetensors`; `name` stands in errors for that of a file.
result<tensor_file> decode_safetensors(std::span<const std::byte> bytes,
                                       std::string name = "safetensors");

/// Replaces the file; if anything fails the old one is kept. REQUIRES: no null
/// tensors. MM0405 also for names or metadata that are not UTF-8.
result<void> write_safetensors(const std::filesystem::path& path,
                               const tensor_file& x);

} // namespace morph
