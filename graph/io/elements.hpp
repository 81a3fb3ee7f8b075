// The elements of a tensor as they stand in files: dense, little endian, row
// by row; and the check that comes before any allocation.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace morph {

/// Number of elements of `s` unless it exceeds `most`; never overflows. The
/// other extents of an empty shape are bounded by what a tensor may be.
/// REQUIRES: `s` is static.
std::optional<uint64_t> checked_elements(const shape& s,
                                         uint64_t most) noexcept;

/// Reads a tensor; MM0402 if the source holds fewer bytes, MM0403 if a `bool`
/// is neither 0 nor 1. REQUIRES: `s` is static.
result<tensor> read_elements(binary_source& in, dtype t, const shape& s);

/// What `read_elements` says of a source that is too short.
error do_not_fit(binary_source& in, dtype t, const shape& s, uint64_t left);

/// Position of the first byte that is not a `bool`, if there is one.
std::optional<size_t> find_malformed_bool(std::span<const std::byte> bytes);

/// Swaps the bytes of each of `n` elements in place.
void reverse_elements(std::byte* data, int64_t n, size_t width);

/// Signed integers of one or two bytes as i32.
tensor widened(std::span<const std::byte> bytes, size_t width, bool big_endian,
               const shape& s);

/// Labels as i64; MM0105 naming `name` for numbers that are not whole.
result<tensor> to_i64(const tensor& x, const std::string& name);

} // namespace morph
