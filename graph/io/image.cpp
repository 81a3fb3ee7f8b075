#include <morph/graph/io/atomic_file.hpp>
#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/image.hpp>
#include <morph/graph/io/image_formats.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace morph {

namespace {

constexpr std::string_view png_mark{"\x89PNG\r\n\x1a\n", 8};

/// An image of a size that every reader accepts.
result<void> check_image(const tensor& x, const std::string& name) {
  if (!x || x.type() != u8)
    return fail(errc::dtype_mismatch,
                name + ": an image has elements of type u8");
  auto& s = x.shape();
  if (s.rank() != 3 || s.elements() == 0 || s[2] > 4)
    return fail(errc::shape_mismatch,
                name + ": an image has the shape [height, width, channels], "
                       "none of them 0 and at most 4 channels, not "
                  + to_string(s));
  if (x.size_bytes() > detail::max_image_bytes)
    return fail(errc::unsupported_format, name + ": more than 1 GiB");
  return {};
}

std::string extension_of(const std::filesystem::path& path) {
  auto out = path.extension().string();
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return out;
}

result<void> write_parts(const std::filesystem::path& path,
                         std::span<const std::byte> head,
                         std::span<const std::byte> body) {
  auto file = atomic_file::create(path);
  if (!file)
    return fail(std::move(file.error()));
  if (auto ok = file->write(head); !ok)
    return ok;
  if (auto ok = file->write(body); !ok)
    return ok;
  return file->commit();
}

} // namespace

result<tensor> read_image(const std::filesystem::path& path) {
  auto in = binary_source::open(path);
  if (!in)
    return fail(std::move(in.error()));
  if (in->size() > 2 * detail::max_image_bytes)
    return fail(in->here(errc::unsupported_format, "the file is too large"));
  auto bytes = in->take(in->size(), "the file");
  if (!bytes)
    return fail(std::move(bytes.error()));
  return decode_image(*bytes, path.string());
}

result<tensor> decode_image(std::span<const std::byte> bytes,
                            std::string name) {
  std::string_view text{reinterpret_cast<const char*>(bytes.data()),
                        bytes.size()};
  if (text.starts_with(png_mark))
    return detail::decode_png(bytes, name);
  if (text.starts_with("P5") || text.starts_with("P6"))
    return detail::decode_pnm(bytes, name);
  return fail(errc::unsupported_format,
              name + ": neither PNG nor binary PGM or PPM");
}

result<void> write_image(const std::filesystem::path& path, const tensor& x) {
  auto name = path.string();
  if (auto ok = check_image(x, name); !ok)
    return ok;
  auto extension = extension_of(path);
  if (extension == ".png") {
    auto bytes = detail::encode_png(x, name);
    return bytes ? write_parts(path, {}, *bytes)
                 : fail(std::move(bytes.error()));
  }
  auto channels = x.shape()[2];
  if ((extension == ".pgm" && channels == 1)
      || (extension == ".ppm" && channels == 3)) {
    auto head = detail::pnm_head(x);
    return write_parts(path, std::as_bytes(std::span{head}), x.raw());
  }
  return fail(errc::unsupported_format,
              name + ": images are written to .png, to .pgm if they have one "
                     "channel and to .ppm if they have three, not "
                + std::to_string(channels));
}

} // namespace morph
