#include <morph/graph/io/csv_column.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

namespace morph::detail {

namespace {

// `from_chars` leaves its result alone when a number is too large or too
// small; a wider type tells the two apart.
template <class T>
std::optional<T> parse_through_wider(const char* first, const char* last) {
  long double x = 0;
  auto [end, ec] = std::from_chars(first, last, x);
  if (ec != std::errc{} || end != last
      || std::fabs(x) > static_cast<long double>(std::numeric_limits<T>::max()))
    return std::nullopt;
  return static_cast<T>(x);
}

} // namespace

template <class T>
std::optional<T> parse_number(std::string_view text) noexcept {
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  auto* last = text.data() + text.size();
  T x{};
  auto [end, ec] = std::from_chars(text.data(), last, x);
  if (ec == std::errc{} && end == last)
    return x;
  if constexpr (std::is_floating_point_v<T>)
    if (ec == std::errc::result_out_of_range)
      return parse_through_wider<T>(text.data(), last);
  return std::nullopt;
}

template std::optional<float> parse_number(std::string_view) noexcept;
template std::optional<double> parse_number(std::string_view) noexcept;
template std::optional<int64_t> parse_number(std::string_view) noexcept;

bool csv_column::add(const std::string& text) {
  if (kind_ == kind::unknown)
    kind_ = parse_number<int64_t>(text)  ? kind::whole
            : parse_number<double>(text) ? kind::number
                                         : kind::text;
  if (kind_ == kind::text) {
    names_.push_back(text);
    return true;
  }
  if (kind_ == kind::whole) {
    if (auto x = parse_number<int64_t>(text)) {
      whole_.push_back(*x);
      return true;
    }
    if (!parse_number<double>(text))
      return false;
    kind_ = kind::number;
    numbers_.assign(whole_.begin(), whole_.end());
    whole_.clear();
  }
  auto x = parse_number<double>(text);
  if (x)
    numbers_.push_back(*x);
  return x.has_value();
}

std::string_view csv_column::wanted() const noexcept {
  return kind_ == kind::whole ? "a whole number" : "a number";
}

tensor csv_column::take_values() {
  if (kind_ == kind::whole)
    return tensor::of<int64_t>({static_cast<int64_t>(whole_.size())}, whole_);
  if (kind_ == kind::text) {
    auto sorted = classes();
    std::vector<int64_t> ids;
    for (auto& x : names_)
      ids.push_back(std::lower_bound(sorted.begin(), sorted.end(), x)
                    - sorted.begin());
    return tensor::of<int64_t>({static_cast<int64_t>(ids.size())}, ids);
  }
  shape s{static_cast<int64_t>(numbers_.size())};
  if (type_ == f64)
    return tensor::of<double>(s, numbers_);
  std::vector<float> narrow(numbers_.begin(), numbers_.end());
  return tensor::of<float>(s, narrow);
}

std::vector<std::string> csv_column::classes() const {
  auto out = names_;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

} // namespace morph::detail
