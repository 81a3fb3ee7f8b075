#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/quantity.hpp>

#include <cctype>
#include <charconv>
#include <cmath>

namespace morph::cli {

uint64_t parse_bytes(const std::string& text) {
  double number = 0;
  auto [end, failed]
    = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit{static_cast<const char*>(end), text.data() + text.size()};
  while (!unit.empty() && unit.front() == ' ')
    unit.erase(0, 1);
  for (auto& c : unit)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto base = unit.size() == 3 && unit[1] == 'i' ? 1024.0 : 1000.0;
  static const std::string letters = "kmgt";
  double factor = 1;
  if (unit.size() >= 1 && unit != "b") {
    auto i = letters.find(unit[0]);
    auto tail = unit.substr(1);
    if (i == std::string::npos || (tail != "" && tail != "b" && tail != "ib"))
      failed = std::errc::invalid_argument;
    else
      factor = std::pow(base, static_cast<double>(i) + 1);
  }
  if (failed != std::errc{} || !(number >= 0) || number * factor > 9e18)
    throw usage_error{"'" + text + "' is no number of bytes; write 4096, 64kB "
                      "or 64KiB"};
  return static_cast<uint64_t>(number * factor);
}

} // namespace morph::cli
