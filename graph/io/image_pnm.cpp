#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/image_formats.hpp>

#include <algorithm>
#include <optional>

namespace morph::detail {

namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Reads the head; keeps the offset for errors.
class pnm_head_reader {
public:
  explicit pnm_head_reader(std::string_view text) : text_(text) {
    // nop
  }

  size_t offset() const noexcept {
    return at_;
  }

  /// The next decimal number after blanks and comments; none if there is
  /// something else or it has more than 9 digits.
  std::optional<int64_t> number() {
    skip_blanks();
    auto start = at_;
    int64_t n = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'
           && at_ - start < 9)
      n = n * 10 + (text_[at_++] - '0');
    auto more = at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
    return at_ == start || more ? std::nullopt : std::optional{n};
  }

  /// The single blank between head and samples.
  bool end() {
    return at_ < text_.size() && is_space(text_[at_++]);
  }

private:
  void skip_blanks() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else
        ++at_;
    }
  }

  std::string_view text_;
  size_t at_ = 2;
};

/// Stretches samples of 0 ... most to 0 ... 255, rounding to nearest.
void stretch(std::span<uint8_t> samples, int most) {
  for (auto& x : samples)
    x = static_cast<uint8_t>((std::min<int>(x, most) * 255 + most / 2) / most);
}

} // namespace

result<tensor> decode_pnm(std::span<const std::byte> bytes,
                          const std::string& name) {
  auto in = binary_source::memory(bytes, name);
  pnm_head_reader head{
    {reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
  auto width = head.number();
  auto height = width ? head.number() : std::nullopt;
  auto most = height ? head.number() : std::nullopt;
  if (!most || !head.end()) {
    auto code = head.offset() >= bytes.size() ? errc::truncated_file
                                              : errc::malformed_file;
    return fail(in.at(head.offset(), code,
                      "expected width, height, largest sample and a blank"));
  }
  if (*width == 0 || *height == 0 || *most == 0)
    return fail(in.at(head.offset(), errc::malformed_file,
                      "width, height and largest sample must not be 0"));
  if (*most > 255)
    return fail(
      in.at(head.offset(), errc::unsupported_format, "samples of two bytes"));
  auto channels = bytes[1] == std::byte{'5'} ? 1 : 3;
  in.seek(head.offset());
  auto out = read_elements(in, u8, {*height, *width, channels});
  if (out && in.remaining() > 0)
    return fail(
      in.here(errc::malformed_file, "the file goes on after the samples"));
  if (out && *most < 255)
    stretch({out->mutable_data<uint8_t>(),
             static_cast<size_t>(out->elements())},
            static_cast<int>(*most));
  return out;
}

std::string pnm_head(const tensor& x) {
  return (x.shape()[2] == 1 ? "P5\n" : "P6\n") + std::to_string(x.shape()[1])
         + " " + std::to_string(x.shape()[0]) + "\n255\n";
}

} // namespace morph::detail
