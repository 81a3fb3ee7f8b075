#include <morph/graph/io/elements.hpp>
#include <morph/graph/text/base64.hpp>
#include <morph/graph/text/literal.hpp>
#include <morph/graph/text/literal_reader.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

namespace morph::detail {

namespace {

bool is_fraction(std::string_view x) {
  return x.find_first_of(".eni") != std::string_view::npos;
}

template <class T>
void append(std::vector<std::byte>& out, T x) {
  auto* p = reinterpret_cast<const std::byte*>(&x);
  out.insert(out.end(), p, p + sizeof(T));
}

} // namespace

bool literal_reader::value(attribute& out) {
  if (in_.sees('"')) {
    std::string text;
    auto ok = in_.string(text);
    out = std::move(text);
    return ok;
  }
  if (in_.sees('[')) {
    std::vector<int64_t> xs;
    auto ok = list(xs);
    out = std::move(xs);
    return ok;
  }
  auto text = in_.scalar();
  if (text == "true" || text == "false") {
    out = text == "true";
    return true;
  }
  if (text == "none") {
    out = tensor{};
    return true;
  }
  auto t = parse_dtype(text);
  if (!t)
    return number(text, out);
  if (!in_.sees('[')) {
    out = *t;
    return true;
  }
  tensor x;
  auto ok = tensor_of(*t, x);
  out = std::move(x);
  return ok;
}

bool literal_reader::type(port_type& out) {
  auto word = in_.word();
  if (word == "opaque") {
    std::string name;
    if (!in_.require('(') || !in_.string(name) || !in_.require(')'))
      return false;
    out = port_type::opaque(std::move(name));
    return true;
  }
  auto t = parse_dtype(word);
  shape s;
  if (!t)
    return in_.expected("a type such as f32[?, 64]");
  if (!extents(s, true))
    return false;
  out = port_type{*t, s};
  return true;
}

bool literal_reader::list(std::vector<int64_t>& out) {
  in_.accept('[');
  if (in_.accept(']'))
    return true;
  do {
    if (!in_.integer(out.emplace_back(), "an integer"))
      return false;
  } while (in_.accept(','));
  return in_.require(']');
}

bool literal_reader::number(std::string_view text, attribute& out) {
  if (is_fraction(text)) {
    double x = 0;
    auto ok = parse(text, x);
    out = x;
    return ok;
  }
  int64_t x = 0;
  auto ok = parse(text, x);
  out = x;
  return ok;
}

template <class T>
bool literal_reader::parse(std::string_view text, T& out) {
  if (text.empty())
    return in_.expected("a value");
  if constexpr (std::is_floating_point_v<T>) {
    using bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
    if (text == "nan") {
      out = std::numeric_limits<T>::quiet_NaN();
      if (!in_.accept('('))
        return true;
      auto digits = in_.scalar();
      bits pattern = 0;
      if (digits.starts_with("0x"))
        digits.remove_prefix(2);
      auto [end, ec] = std::from_chars(
        digits.data(), digits.data() + digits.size(), pattern, 16);
      out = std::bit_cast<T>(pattern);
      if (ec != std::errc{} || end != digits.data() + digits.size()
          || !std::isnan(out))
        return in_.reject(errc::syntax_error, "no bit pattern of a NaN");
      return in_.require(')');
    }
  }
  auto* last = text.data() + text.size();
  auto [end, ec] = std::from_chars(text.data(), last, out);
  if (ec == std::errc::result_out_of_range)
    return in_.reject(errc::syntax_error,
                      quoted_text(text) + " does not fit in its type");
  auto ok = ec == std::errc{} && end == last;
  if constexpr (std::is_floating_point_v<T>)
    ok = ok && !std::isnan(out); // Has a spelling of its own.
  return ok
         || in_.reject(errc::syntax_error,
                       "expected a number, found " + quoted_text(text));
}

bool literal_reader::extents(shape& out, bool allow_dynamic) {
  if (!in_.require('['))
    return false;
  if (in_.accept(']'))
    return true;
  do {
    if (out.rank() == shape::max_rank)
      return in_.reject(errc::syntax_error, "more than 8 axes");
    if (allow_dynamic && in_.accept('?')) {
      out.push_back(dyn);
      continue;
    }
    int64_t n = 0;
    if (!in_.integer(n, "an extent"))
      return false;
    if (n < 0)
      return in_.reject(errc::syntax_error, "an extent is negative");
    out.push_back(n);
  } while (in_.accept(','));
  return in_.require(']');
}

bool literal_reader::tensor_of(dtype t, tensor& out) {
  shape s;
  if (!extents(s, false))
    return false;
  auto n = checked_elements(s, tensor::max_bytes / size_of(t));
  if (!n)
    return in_.reject(errc::allocation_too_large, "the tensor is too large");
  std::vector<std::byte> bytes;
  if (in_.sees('{')) {
    if (!listed(t, bytes))
      return false;
  } else {
    auto how = in_.word();
    if (how == "fill")
      return filled(t, s, *n, out);
    if (how != "base64")
      return in_.expected("'{', fill(...) or base64(\"...\")");
    if (!packed(t, bytes))
      return false;
  }
  if (bytes.size() != *n * size_of(t))
    return in_.reject(errc::syntax_error,
                      std::to_string(bytes.size() / size_of(t))
                        + " elements do not fill the shape " + to_string(s));
  out = tensor::uninitialised(t, s);
  if (!bytes.empty())
    std::memcpy(out.mutable_bytes(), bytes.data(), bytes.size());
  return true;
}

bool literal_reader::listed(dtype t, std::vector<std::byte>& out) {
  in_.accept('{');
  if (in_.accept('}'))
    return true;
  do {
    if (!element(t, out))
      return false;
  } while (in_.accept(','));
  return in_.require('}');
}

bool literal_reader::element(dtype t, std::vector<std::byte>& out) {
  auto text = in_.scalar();
  return visit_dtype(t, [&](auto zero) {
    using type = decltype(zero);
    // A bool is written as 0 or 1.
    std::conditional_t<std::is_same_v<type, bool>, uint8_t, type> x{};
    if (!parse(text, x))
      return false;
    if (std::is_same_v<type, bool> && x > 1)
      return in_.reject(errc::syntax_error, "a bool is 0 or 1");
    append(out, x);
    return true;
  });
}

bool literal_reader::filled(dtype t, const shape& s, uint64_t elements,
                            tensor& out) {
  std::vector<std::byte> one;
  if (!in_.require('(') || !element(t, one) || !in_.require(')'))
    return false;
  if (elements > (max_filled_bytes - filled_bytes_) / size_of(t))
    return in_.reject(errc::allocation_too_large,
                      "fill() amounts to more than 64 MiB");
  filled_bytes_ += elements * size_of(t);
  out = tensor::uninitialised(t, s);
  for (uint64_t i = 0; i < elements; ++i)
    std::memcpy(out.mutable_bytes() + i * one.size(), one.data(), one.size());
  return true;
}

bool literal_reader::packed(dtype t, std::vector<std::byte>& out) {
  std::string text;
  if (!in_.require('(') || !in_.string(text) || !in_.require(')'))
    return false;
  auto bytes = from_base64(text);
  if (!bytes)
    return in_.reject(errc::syntax_error, "malformed base64");
  if (bytes->size() % size_of(t) != 0)
    return in_.reject(errc::syntax_error, "base64 of half an element");
  if (t == boolean && find_malformed_bool(*bytes))
    return in_.reject(errc::syntax_error, "a bool is 0 or 1");
  out = std::move(*bytes);
  return true;
}

} // namespace morph::detail
