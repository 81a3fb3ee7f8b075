#include <morph/graph/text/base64.hpp>
#include <morph/graph/text/literal.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <type_traits>

namespace morph::detail {

namespace {

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

template <class T>
std::string number_text(T x) {
  char buffer[40];
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(x)) {
      auto bits = std::bit_cast<bits_of<T>>(x);
      if (bits
          == std::bit_cast<bits_of<T>>(std::numeric_limits<T>::quiet_NaN()))
        return "nan";
      std::snprintf(buffer, sizeof(buffer), "nan(0x%0*llx)",
                    static_cast<int>(2 * sizeof(T)),
                    static_cast<unsigned long long>(bits));
      return buffer;
    }
  }
  return {buffer, std::to_chars(buffer, buffer + sizeof(buffer), x).ptr};
}

std::string double_text(double x) {
  auto out = number_text(x);
  // Tells a fraction from an integer.
  if (out.find_first_of(".en") == std::string::npos)
    out += ".0";
  return out;
}

std::string element_text(const tensor& x, int64_t i) {
  return visit_dtype(x.type(), [&](auto zero) {
    using type = decltype(zero);
    auto* at = x.raw().data() + static_cast<size_t>(i) * sizeof(type);
    if constexpr (sizeof(type) == 1) {
      return number_text(std::to_integer<int>(*at));
    } else {
      type value;
      std::memcpy(&value, at, sizeof(type));
      return number_text(value);
    }
  });
}

} // namespace

bool is_word_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_word_part(char c) noexcept {
  return is_word_start(c) || (c >= '0' && c <= '9');
}

std::string quoted_text(std::string_view x) {
  std::string out = "\"";
  for (auto c : x) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char buffer[8];
      std::snprintf(buffer, sizeof(buffer), "\\x%02x", byte);
      out += buffer;
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string word_or_quoted(std::string_view x) {
  auto plain = !x.empty() && is_word_start(x.front())
               && std::all_of(x.begin(), x.end(), is_word_part);
  return plain ? std::string{x} : quoted_text(x);
}

std::string type_text(const port_type& x) {
  return x.is_tensor() ? to_string(x)
                       : "opaque(" + quoted_text(x.opaque_name()) + ")";
}

std::string literal_writer::text(const attribute& x) {
  return std::visit(
    [this](auto& y) -> std::string {
      using type = std::decay_t<decltype(y)>;
      if constexpr (std::is_same_v<type, bool>)
        return y ? "true" : "false";
      else if constexpr (std::is_same_v<type, int64_t>)
        return number_text(y);
      else if constexpr (std::is_same_v<type, double>)
        return double_text(y);
      else if constexpr (std::is_same_v<type, std::string>)
        return quoted_text(y);
      else if constexpr (std::is_same_v<type, dtype>)
        return std::string{to_string(y)};
      else if constexpr (std::is_same_v<type, tensor>)
        return this->text(y);
      else {
        std::string out = "[";
        for (auto n : y)
          out += (out.size() > 1 ? ", " : "") + number_text(n);
        return out + "]";
      }
    },
    x);
}

bool literal_writer::may_fill(const tensor& x) {
  // All elements equal the first one if each equals its neighbour.
  auto n = x.size_bytes();
  auto one = size_of(x.type());
  if (x.elements() < 4 || n > max_filled_bytes - filled_bytes_
      || std::memcmp(x.raw().data(), x.raw().data() + one, n - one) != 0)
    return false;
  filled_bytes_ += n;
  return true;
}

std::string literal_writer::text(const tensor& x) {
  if (!x)
    return "none";
  auto out = std::string{to_string(x.type())} + to_string(x.shape());
  if (may_fill(x))
    return out + " fill(" + element_text(x, 0) + ")";
  if (x.elements() > max_listed_elements)
    return out + " base64(\"" + to_base64(x.raw()) + "\")";
  out += "{";
  for (int64_t i = 0; i < x.elements(); ++i)
    out += (i > 0 ? ", " : "") + element_text(x, i);
  return out + "}";
}

} // namespace morph::detail
