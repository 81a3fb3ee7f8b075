// Ctrl-C and SIGTERM: the first asks the program to come to an end, the second
// ends it at once.
//
// Thread-safety: `interrupted` may be called from any thread.
#pragma once

namespace morph::cli {

/// Takes the signals. Call once, before there are threads.
void catch_interrupts();

/// True once the program was asked to end.
bool interrupted() noexcept;

} // namespace morph::cli
