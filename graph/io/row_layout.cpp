#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/idx.hpp>
#include <morph/graph/io/npy.hpp>
#include <morph/graph/io/row_layout.hpp>

#include <cstring>

namespace morph {

uint64_t row_layout::row_bytes() const noexcept {
  uint64_t n = stored_bytes;
  for (size_t i = 1; i < extents.rank(); ++i)
    n *= static_cast<uint64_t>(extents[i]);
  return n;
}

result<row_layout> layout_of(std::span<const std::byte> head, uint64_t size,
                             std::string name) {
  auto npy = !head.empty() && head[0] == std::byte{0x93};
  auto out = npy ? npy_layout(head, size, std::move(name))
                 : idx_layout(head, size, std::move(name));
  if (out && out->extents.rank() == 0)
    return fail(errc::shape_mismatch, out->name + " holds one number, no rows");
  return out;
}

result<tensor> decode_rows(const row_layout& x, int64_t rows,
                           std::span<const std::byte> stored, uint64_t offset) {
  auto s = x.extents;
  s[0] = rows;
  auto expected = static_cast<uint64_t>(rows) * x.row_bytes();
  if (stored.size() != expected)
    return fail(errc::truncated_file,
                x.name + ", byte " + std::to_string(offset) + ": "
                  + std::to_string(rows) + " rows take "
                  + std::to_string(expected) + " bytes, not "
                  + std::to_string(stored.size()));
  if (x.type == i32 && x.stored_bytes < 4)
    return widened(stored, x.stored_bytes, x.big_endian, s);
  auto out = tensor::uninitialised(x.type, s);
  if (!stored.empty())
    std::memcpy(out.mutable_bytes(), stored.data(), stored.size());
  if (x.big_endian && x.stored_bytes > 1)
    reverse_elements(out.mutable_bytes(), out.elements(), x.stored_bytes);
  if (x.type == boolean)
    if (auto i = find_malformed_bool(out.raw()))
      return fail(errc::malformed_file, x.name + ", byte "
                                          + std::to_string(offset + *i)
                                          + ": a bool that is neither 0 nor 1");
  return out;
}

} // namespace morph
