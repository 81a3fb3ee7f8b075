// Replaces a file as a whole or not at all, through any `io`: the content goes
// to a draft in the same folder, which takes the old one's place once it is on
// the disk.
//
// Thread-safety: free function, safe from any thread; several savers of one
// path do not disturb each other, and the last to finish wins.
#pragma once

#include <morph/actors/io/io.hpp>

namespace morph {

/// MM0405 if that fails: then the old file is as it was and the draft is gone.
/// MM0604 if the machine stops: then either the old file is there as a whole
/// or the new one. Cancelled before the draft takes its place, it leaves the
/// old file; after that it succeeds.
io_operation<void> save_file(io& x, std::filesystem::path path,
                             gathered content);

} // namespace morph
