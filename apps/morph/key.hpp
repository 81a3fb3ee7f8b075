// The key that hosts and drivers share.
//
// Thread-safety: free functions, safe from any thread.
//
// Errors: these throw `failure`.
#pragma once

#include <filesystem>
#include <string>

namespace morph::cli {

/// 32 bytes from the kernel, as hexadecimal text.
std::string make_key();

/// Writes a new file that only its owner may read (MM0405).
void write_key(const std::filesystem::path& path, const std::string& key);

/// Reads a key; blanks at its end do not count. MM0401, MM0403 if there is
/// none in the file.
std::string read_key(const std::filesystem::path& path);

/// The key in `file`, or in the environment as MORPH_KEY; throws `usage_error`
/// if there is neither.
std::string find_key(const std::string& file);

} // namespace morph::cli
