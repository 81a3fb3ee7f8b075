#include <morph/actors/placement/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace morph::placement::text {

namespace {

/// Fixed notation without a locale.
std::string fixed(double x, int decimals) {
  std::array<char, 330> buffer; // 1e308 has 309 digits
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                           std::chars_format::fixed, decimals);
  return {buffer.data(), end.ptr};
}

/// Three significant digits for 1 <= x < 1000.
std::string three_digits(double x) {
  return fixed(x, x < 9.995 ? 2 : x < 99.95 ? 1 : 0);
}

template <std::size_t N>
std::string scaled(double x, double base, std::array<const char*, N> units) {
  std::size_t unit = 0;
  // 999.5 would print as a four-digit number.
  while (unit + 1 < N && x >= std::min(base, 999.5)) {
    x /= base;
    ++unit;
  }
  return three_digits(x) + " " + units[unit];
}

} // namespace

std::string seconds(double x) {
  if (std::isnan(x))
    return "unknown";
  if (std::isinf(x))
    return "never";
  if (x < 0.0)
    return "-" + seconds(-x);
  if (x < 5e-13)
    return "0 s";
  return x < 0.9995 ? scaled(x * 1e9, 1000.0, std::array{"ns", "us", "ms"})
                    : scaled(x, 1e300, std::array{"s"});
}

std::string bytes(double x) {
  if (!std::isfinite(x))
    return "unlimited";
  if (x < 999.5)
    return fixed(x, 0) + " B";
  return scaled(x / 1024.0, 1024.0, std::array{"KiB", "MiB", "GiB", "TiB"});
}

std::string rate(double bytes_per_second) {
  if (!std::isfinite(bytes_per_second))
    return "unlimited";
  return scaled(bytes_per_second, 1000.0,
                std::array{"B/s", "kB/s", "MB/s", "GB/s", "TB/s"});
}

std::string percent(double fraction) {
  if (!std::isfinite(fraction))
    return "unknown";
  return fixed(100.0 * fraction, 1) + " %";
}

std::string table(const std::vector<std::vector<std::string>>& rows,
                  const std::vector<std::size_t>& numeric) {
  std::vector<std::size_t> width;
  for (const auto& row : rows) {
    width.resize(std::max(width.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i)
      width[i] = std::max(width[i], row[i].size());
  }
  auto is_numeric = [&](std::size_t i) {
    return std::find(numeric.begin(), numeric.end(), i) != numeric.end();
  };
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string padding(width[i] - row[i].size(), ' ');
      line += is_numeric(i) ? padding + row[i] : row[i] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

} // namespace morph::placement::text
