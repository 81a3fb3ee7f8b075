#include <morph/graph/io/elements.hpp>

#include <algorithm>

namespace morph {

std::optional<uint64_t> checked_elements(const shape& s,
                                         uint64_t most) noexcept {
  auto empty = std::find(s.begin(), s.end(), 0) != s.end();
  auto limit = tensor::max_bytes / sizeof(double);
  if (!empty)
    limit = std::min(limit, most);
  uint64_t n = 1;
  for (auto extent : s) {
    auto x = static_cast<uint64_t>(extent);
    if (x == 0)
      continue;
    if (x > limit / n)
      return std::nullopt;
    n *= x;
  }
  if (n > limit)
    return std::nullopt;
  return empty ? 0 : n;
}

result<tensor> read_elements(binary_source& in, dtype t, const shape& s) {
  auto start = in.offset();
  if (!checked_elements(s, in.remaining() / size_of(t)))
    return fail(do_not_fit(in, t, s, in.remaining()));
  auto out = tensor::uninitialised(t, s);
  auto ok = in.read({out.mutable_bytes(), out.size_bytes()}, "the elements");
  if (!ok)
    return fail(std::move(ok.error()));
  if (t == boolean)
    if (auto i = find_malformed_bool(out.raw()))
      return fail(in.at(start + *i, errc::malformed_file,
                        "a bool that is neither 0 nor 1"));
  return out;
}

error do_not_fit(binary_source& in, dtype t, const shape& s, uint64_t left) {
  return in.here(errc::truncated_file,
                 "elements of type " + std::string{to_string(t)} + to_string(s)
                   + " do not fit in the " + std::to_string(left)
                   + " bytes that are left");
}

std::optional<size_t> find_malformed_bool(std::span<const std::byte> bytes) {
  auto i = std::find_if(bytes.begin(), bytes.end(),
                        [](std::byte x) { return x > std::byte{1}; });
  if (i == bytes.end())
    return std::nullopt;
  return static_cast<size_t>(i - bytes.begin());
}

void reverse_elements(std::byte* data, int64_t n, size_t width) {
  for (int64_t i = 0; i < n; ++i, data += width)
    std::reverse(data, data + width);
}

tensor widened(std::span<const std::byte> bytes, size_t width, bool big_endian,
               const shape& s) {
  auto out = tensor::uninitialised(i32, s);
  auto* to = out.mutable_data<int32_t>();
  for (size_t i = 0; i + width <= bytes.size(); i += width) {
    auto low = bytes[big_endian ? i + width - 1 : i];
    auto high = bytes[big_endian ? i : i + width - 1];
    if (width == 1)
      *to++ = std::to_integer<int8_t>(low);
    else
      *to++ = std::to_integer<int8_t>(high) * 256 + std::to_integer<int>(low);
  }
  return out;
}

result<tensor> to_i64(const tensor& x, const std::string& name) {
  if (is_floating(x.type()))
    return fail(errc::dtype_mismatch, name + ": labels are whole numbers, not "
                                        + std::string{to_string(x.type())});
  auto out = tensor::uninitialised(i64, x.shape());
  auto* to = out.mutable_data<int64_t>();
  visit_dtype(x.type(), [&](auto zero) {
    for (auto e : x.span<decltype(zero)>())
      *to++ = static_cast<int64_t>(e);
  });
  return out;
}

} // namespace morph
