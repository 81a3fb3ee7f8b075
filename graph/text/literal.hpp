// Numbers, strings, types, tensors and attributes as they stand in the text
// form of graphs: each spelling is read back bit for bit.
//
//   true  -7  0.1  nan(0x7ff8000000000001)  "text"  [2, 2]  f32
//   f32[2]{1, -inf}   f32[64] fill(0.5)   i64[1000] base64("AAEC...")
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/graph/attributes.hpp>
#include <morph/graph/type.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace morph::detail {

/// Bytes that all `fill` literals of one text may amount to. The writer falls
/// back on base64 beyond, so that a short text never asks for much memory.
inline constexpr uint64_t max_filled_bytes = uint64_t{64} << 20;

/// Tensors of more elements are written in base64.
inline constexpr int64_t max_listed_elements = 32;

bool is_word_start(char c) noexcept;
bool is_word_part(char c) noexcept;

/// A word, if `x` can stand without quotes; else a quoted string.
std::string word_or_quoted(std::string_view x);

std::string quoted_text(std::string_view x);

/// `f32[?, 64]` or `opaque("name")`.
std::string type_text(const port_type& x);

/// Writes values; knows how much has been spent on fills.
class literal_writer {
public:
  std::string text(const attribute& x);

private:
  std::string text(const tensor& x);
  bool may_fill(const tensor& x);

  uint64_t filled_bytes_ = 0;
};

} // namespace morph::detail
