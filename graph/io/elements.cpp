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
    return fail(in.here(errc::truncated_file,
                        "elements of type " + std::string{to_string(t)}
                          + to_string(s) + " do not fit in the "
                          + std::to_string(in.remaining())
                          + " bytes that are left"));
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

std::optional<size_t> find_malformed_bool(std::span<const std::byte> bytes) {
  auto i = std::find_if(bytes.begin(), bytes.end(),
                        [](std::byte x) { return x > std::byte{1}; });
  if (i == bytes.end())
    return std::nullopt;
  return static_cast<size_t>(i - bytes.begin());
}

} // namespace morph
