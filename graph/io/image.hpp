// Reads and writes images as u8 tensors [height, width, channels]: PNG (1 to 4
// channels: grey, grey and alpha, RGB, RGBA) and binary PGM and PPM (1 and 3).
//
// Thread-safety: free functions, safe from any thread.
//
// Errors: MM0401 cannot open, MM0402 truncated, MM0403 malformed, MM0404 not
// an image of these kinds or larger than 1 GiB, MM0405 cannot write, MM0107
// and MM0105 for a tensor that is no image; each names the file. A head is
// believed only as far as the bytes after it can bear it out.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace morph {

/// Tells the kind by the first bytes, not by the file's name. PNG of 16 bits
/// per sample is reduced to 8; a palette becomes RGB or RGBA; colours are
/// converted to sRGB if the file says that they are not.
result<tensor> read_image(const std::filesystem::path& path);

/// As `read_image`; `name` stands in errors for that of a file.
result<tensor> decode_image(std::span<const std::byte> bytes,
                            std::string name = "image");

/// The kind follows from the name: `.png`, `.pgm` (one channel) or `.ppm`
/// (three). Replaces the file as a whole or not at all.
result<void> write_image(const std::filesystem::path& path, const tensor& x);

} // namespace morph
