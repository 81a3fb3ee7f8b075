#include <morph/graph/dtype.hpp>

namespace morph {

std::optional<dtype> parse_dtype(std::string_view text) noexcept {
  for (auto t : {f32, f64, i32, i64, u8, boolean})
    if (to_string(t) == text)
      return t;
  return std::nullopt;
}

std::optional<dtype> dtype_from_wire(uint8_t number) noexcept {
  if (number >= 1 && number <= 6)
    return static_cast<dtype>(number);
  return std::nullopt;
}

} // namespace morph
