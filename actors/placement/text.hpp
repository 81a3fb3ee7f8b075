// Quantities and tables as text, the same in every locale. Pure functions.
#pragma once

#include <string>
#include <vector>

namespace morph::placement::text {

/// "0 s", "412 ns", "61.2 us", "1.04 ms", "12.0 s": three digits.
std::string seconds(double x);

/// "0 B", "512 B", "32.0 KiB", "1.50 GiB".
std::string bytes(double x);

/// "11.9 MB/s".
std::string rate(double bytes_per_second);

/// "12.5 %" of a fraction.
std::string percent(double fraction);

/// Columns padded to their widest cell, two spaces apart, the last one not
/// padded; rows end with a newline. The first row is the heading. The columns
/// listed in `numeric` are aligned to the right.
std::string table(const std::vector<std::vector<std::string>>& rows,
                  const std::vector<std::size_t>& numeric);

} // namespace morph::placement::text
