#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/idx.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace morph {

namespace {

struct element_type {
  std::byte code;
  size_t stored_bytes;
  dtype type;
};

constexpr std::array element_types{
  element_type{std::byte{0x08}, 1, u8},  element_type{std::byte{0x09}, 1, i32},
  element_type{std::byte{0x0B}, 2, i32}, element_type{std::byte{0x0C}, 4, i32},
  element_type{std::byte{0x0D}, 4, f32}, element_type{std::byte{0x0E}, 8, f64},
};

constexpr std::array gzip_mark{std::byte{0x1f}, std::byte{0x8b}};

result<element_type> read_magic(binary_source& in) {
  std::array<std::byte, 4> magic{};
  if (auto ok = in.read(std::span{magic}.first<2>(), "the magic number"); !ok)
    return fail(std::move(ok.error()));
  if (std::equal(gzip_mark.begin(), gzip_mark.end(), magic.begin()))
    return fail(in.at(0, errc::unsupported_format, "the file is compressed")
                  .remedy("unpack it with gunzip"));
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0})
    return fail(in.at(0, errc::malformed_file,
                      "not an IDX file: it does not start with two zeros"));
  if (auto ok = in.read(std::span{magic}.subspan<2>(), "the magic number"); !ok)
    return fail(std::move(ok.error()));
  auto row = std::find_if(element_types.begin(), element_types.end(),
                          [&](auto& x) { return x.code == magic[2]; });
  if (row == element_types.end())
    return fail(in.at(2, errc::malformed_file,
                      "element type "
                        + std::to_string(std::to_integer<int>(magic[2]))
                        + " is none of IDX"));
  if (std::to_integer<size_t>(magic[3]) > shape::max_rank)
    return fail(in.at(3, errc::unsupported_format,
                      "more than 8 axes: "
                        + std::to_string(std::to_integer<int>(magic[3]))));
  in.seek(3);
  return *row;
}

/// Reads the extents and checks that exactly their elements follow in a file
/// of `size` bytes.
result<shape> read_extents(binary_source& in, const element_type& t,
                           uint64_t size) {
  std::byte rank{};
  if (auto ok = in.read({&rank, 1}, "the rank"); !ok)
    return fail(std::move(ok.error()));
  std::array<std::byte, 4 * shape::max_rank> raw{};
  auto used = std::span{raw}.first(4 * std::to_integer<size_t>(rank));
  if (auto ok = in.read(used, "the list of extents"); !ok)
    return fail(std::move(ok.error()));
  shape s;
  for (size_t i = 0; i < used.size(); i += 4) {
    int64_t n = 0;
    for (auto b : used.subspan(i, 4))
      n = n << 8 | std::to_integer<int64_t>(b);
    s.push_back(n);
  }
  auto left = size - in.offset();
  auto n = checked_elements(s, left / t.stored_bytes);
  if (!n)
    return fail(in.here(errc::truncated_file,
                        "elements of shape " + to_string(s)
                          + " do not fit in the " + std::to_string(left)
                          + " bytes that are left"));
  auto bytes = *n * t.stored_bytes;
  if (bytes < left)
    return fail(
      in.at(in.offset() + bytes, errc::malformed_file,
            "the file goes on after the elements of shape " + to_string(s)));
  return s;
}

result<tensor> read_values(binary_source& in, const element_type& t,
                           const shape& s) {
  if (t.type == i32 && t.stored_bytes < 4) {
    auto bytes = in.take(in.remaining(), "the elements");
    if (!bytes)
      return fail(std::move(bytes.error()));
    return widened(*bytes, t.stored_bytes, true, s);
  }
  auto out = read_elements(in, t.type, s);
  if (!out)
    return out;
  if (t.stored_bytes > 1)
    reverse_elements(out->mutable_bytes(), out->elements(), t.stored_bytes);
  return out;
}

result<tensor> read_from(binary_source in) {
  auto t = read_magic(in);
  if (!t)
    return fail(std::move(t.error()));
  auto s = read_extents(in, *t, in.size());
  if (!s)
    return fail(std::move(s.error()));
  return read_values(in, *t, *s);
}

} // namespace

result<tensor> read_idx(const std::filesystem::path& path) {
  auto in = binary_source::open(path);
  if (!in)
    return fail(std::move(in.error()));
  return read_from(std::move(*in));
}

result<tensor> decode_idx(std::span<const std::byte> bytes, std::string name) {
  return read_from(binary_source::memory(bytes, std::move(name)));
}

result<row_layout> idx_layout(std::span<const std::byte> head, uint64_t size,
                              std::string name) {
  auto in = binary_source::memory(head, name);
  auto t = read_magic(in);
  if (!t)
    return fail(std::move(t.error()));
  auto s = read_extents(in, *t, size);
  if (!s)
    return fail(std::move(s.error()));
  return row_layout{std::move(name), t->type,         *s,
                    in.offset(),     t->stored_bytes, true};
}

} // namespace morph
