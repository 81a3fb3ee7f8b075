#include <morph/graph/io/image_formats.hpp>

#include <png.h>

#include <cstring>

namespace morph::detail {

namespace {

/// Frees what libpng holds for an image, whatever happened.
struct png_guard {
  png_image image{};

  png_guard() {
    image.version = PNG_IMAGE_VERSION;
  }

  png_guard(const png_guard&) = delete;
  png_guard& operator=(const png_guard&) = delete;

  ~png_guard() {
    png_image_free(&image);
  }
};

constexpr png_uint_32 formats[]
  = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};

// Deflate packs at most 1032 bytes into one, and a PNG holds at most 8 pixels
// in a byte.
constexpr uint64_t most_pixels_per_byte = 1032 * 8;

auto wrong(errc code, const std::string& name, const char* what) {
  return fail(code, name + ": " + what);
}

} // namespace

result<tensor> decode_png(std::span<const std::byte> bytes,
                          const std::string& name) {
  png_guard png;
  auto& image = png.image;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
    return wrong(errc::malformed_file, name, image.message);
  // Samples of 16 bits are sRGB, too, unless the file says otherwise.
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  auto channels = ((image.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1)
                  + ((image.format & PNG_FORMAT_FLAG_ALPHA) != 0 ? 1 : 0);
  image.format = formats[channels - 1];
  auto pixels = uint64_t{image.width} * image.height;
  if (pixels > bytes.size() * most_pixels_per_byte)
    return wrong(errc::truncated_file, name,
                 "the image is larger than the file can hold");
  if (pixels * static_cast<uint64_t>(channels) > max_image_bytes)
    return wrong(errc::unsupported_format, name,
                 "the image is larger than 1 GiB");
  auto out = tensor::uninitialised(u8, {image.height, image.width, channels});
  if (!png_image_finish_read(&image, nullptr, out.mutable_bytes(), 0, nullptr))
    return wrong(errc::malformed_file, name, image.message);
  return out;
}

result<std::vector<std::byte>> encode_png(const tensor& x,
                                          const std::string& name) {
  png_guard png;
  auto& image = png.image;
  image.height = static_cast<png_uint_32>(x.shape()[0]);
  image.width = static_cast<png_uint_32>(x.shape()[1]);
  image.format = formats[x.shape()[2] - 1];
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> out(size);
  if (!png_image_write_to_memory(&image, out.data(), &size, 0, x.raw().data(),
                                 0, nullptr))
    return wrong(errc::write_failed, name, image.message);
  out.resize(size);
  return out;
}

} // namespace morph::detail
