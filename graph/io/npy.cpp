#include <morph/graph/io/atomic_file.hpp>
#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/npy.hpp>
#include <morph/graph/io/npy_head.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace morph {

namespace {

constexpr std::string_view magic{"\x93NUMPY", 6};
constexpr uint64_t max_head = uint64_t{1} << 20;

struct element_type {
  std::string_view descr;
  dtype type;
};

constexpr std::array element_types{
  element_type{"<f4", f32}, element_type{"<f8", f64},
  element_type{"<i4", i32}, element_type{"<i8", i64},
  element_type{"|u1", u8},  element_type{"|b1", boolean},
};

/// Length of the head, from whichever version; leaves `in` where it starts.
result<uint64_t> read_head_length(binary_source& in) {
  std::array<char, 8> start{};
  if (auto ok
      = in.read(std::as_writable_bytes(std::span{start}), "the magic number");
      !ok)
    return fail(std::move(ok.error()));
  if (std::string_view{start.data(), 6} != magic)
    return fail(in.at(0, errc::malformed_file,
                      "not an NPY file: it does not start with \\x93NUMPY"));
  auto version = static_cast<uint8_t>(start[6]);
  if (version < 1 || version > 3)
    return fail(in.at(6, errc::unsupported_format,
                      "version " + std::to_string(version)
                        + " of NPY; 1 to 3 are known"));
  std::array<uint8_t, 4> raw{};
  auto used = std::span{raw}.first(version == 1 ? 2 : 4);
  if (auto ok = in.read(std::as_writable_bytes(used), "the head's length"); !ok)
    return fail(std::move(ok.error()));
  uint64_t n = 0;
  for (size_t i = used.size(); i > 0; --i)
    n = n << 8 | raw[i - 1];
  if (n > max_head)
    return fail(in.at(8, errc::malformed_file,
                      "a head of " + std::to_string(n) + " bytes"));
  return n;
}

result<dtype> element_type_of(binary_source& in, const std::string& descr,
                              uint64_t head_at) {
  auto row = std::find_if(element_types.begin(), element_types.end(),
                          [&](auto& x) { return x.descr == descr; });
  if (row != element_types.end())
    return row->type;
  auto big_endian = !descr.empty() && descr.front() == '>';
  auto e = in.at(head_at, errc::unsupported_format,
                 (big_endian ? "big-endian elements '" : "elements of type '")
                   + descr + "' have no dtype here");
  return fail(
    e.remedy("convert with x.astype('<f4'), or '<f8', '<i4', '<i8', "
             "'u1', 'bool'"));
}

/// What comes before the elements: their type and extents.
struct array_head {
  dtype type;
  shape extents;
};

result<array_head> read_head(binary_source& in) {
  auto length = read_head_length(in);
  if (!length)
    return fail(std::move(length.error()));
  auto head_at = in.offset();
  auto raw = in.take(*length, "the head");
  if (!raw)
    return fail(std::move(raw.error()));
  std::string_view text{reinterpret_cast<const char*>(raw->data()),
                        raw->size()};
  auto head = detail::parse_npy_header(text);
  if (!head)
    return fail(in.at(head_at + head.error().offset, head.error().code,
                      head.error().message));
  auto t = element_type_of(in, head->descr, head_at);
  if (!t)
    return fail(std::move(t.error()));
  if (head->fortran_order && head->extents.rank() > 1)
    return fail(in.at(head_at, errc::unsupported_format,
                      "the elements are in Fortran order")
                  .remedy("save numpy.ascontiguousarray(x) instead"));
  return array_head{*t, head->extents};
}

error goes_on(binary_source& in, uint64_t offset, const shape& s) {
  return in.at(offset, errc::malformed_file,
               "the file goes on after the elements of shape " + to_string(s));
}

result<tensor> read_from(binary_source in) {
  auto head = read_head(in);
  if (!head)
    return fail(std::move(head.error()));
  auto out = read_elements(in, head->type, head->extents);
  if (out && in.remaining() > 0)
    return fail(goes_on(in, in.offset(), head->extents));
  return out;
}

} // namespace

result<tensor> read_npy(const std::filesystem::path& path) {
  auto in = binary_source::open(path);
  if (!in)
    return fail(std::move(in.error()));
  return read_from(std::move(*in));
}

result<tensor> decode_npy(std::span<const std::byte> bytes, std::string name) {
  return read_from(binary_source::memory(bytes, std::move(name)));
}

result<row_layout> npy_layout(std::span<const std::byte> head, uint64_t size,
                              std::string name) {
  auto in = binary_source::memory(head, name);
  auto x = read_head(in);
  if (!x)
    return fail(std::move(x.error()));
  auto left = size - in.offset();
  auto n = checked_elements(x->extents, left / size_of(x->type));
  if (!n)
    return fail(do_not_fit(in, x->type, x->extents, left));
  auto bytes = *n * size_of(x->type);
  if (bytes < left)
    return fail(goes_on(in, in.offset() + bytes, x->extents));
  return row_layout{std::move(name), x->type,          x->extents,
                    in.offset(),     size_of(x->type), false};
}

std::string npy_head(dtype t, const shape& s) {
  auto row = std::find_if(element_types.begin(), element_types.end(),
                          [&](auto& x) { return x.type == t; });
  auto text = "{'descr': '" + std::string{row->descr}
              + "', 'fortran_order': False, 'shape': (";
  for (auto n : s)
    text += std::to_string(n) + ", ";
  if (s.rank() > 1)
    text.resize(text.size() - 2);
  else if (s.rank() == 1)
    text.pop_back(); // A tuple of one keeps its comma.
  text += "), }";
  // Magic, version and length take 10 bytes; the newline comes last.
  auto total = (10 + text.size() + 1 + 63) / 64 * 64;
  text.resize(total - 10 - 1, ' ');
  text += '\n';
  std::string out{magic};
  out += {'\1', '\0', static_cast<char>(text.size() & 0xff),
          static_cast<char>(text.size() >> 8)};
  return out + text;
}

result<void> write_npy(const std::filesystem::path& path, const tensor& x) {
  auto file = atomic_file::create(path);
  if (!file)
    return fail(std::move(file.error()));
  if (auto ok = file->write(npy_head(x.type(), x.shape())); !ok)
    return ok;
  if (auto ok = file->write(x.raw()); !ok)
    return ok;
  return file->commit();
}

} // namespace morph
