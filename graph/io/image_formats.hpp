// The kinds of image files, one pair of functions each; see image.hpp.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace morph::detail {

/// Samples of an image, at one byte each, are bounded: 1 GiB.
inline constexpr uint64_t max_image_bytes = uint64_t{1} << 30;

result<tensor> decode_png(std::span<const std::byte> bytes,
                          const std::string& name);

/// REQUIRES: u8 [h, w, c], no extent 0, 1 to 4 channels.
result<std::vector<std::byte>> encode_png(const tensor& x,
                                          const std::string& name);

/// Binary PGM and PPM: `P5` or `P6`, width, height, largest sample, samples.
result<tensor> decode_pnm(std::span<const std::byte> bytes,
                          const std::string& name);

/// REQUIRES: u8 [h, w, c], no extent 0, 1 or 3 channels.
std::string pnm_head(const tensor& x);

} // namespace morph::detail
