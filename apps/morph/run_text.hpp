// The counters of a run for people and for programs.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/actors/runtime/engine.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace morph::cli {

/// Where each node ran, what each link moved, what each host held.
std::string to_text(const run_report& x);

nlohmann::json to_json(const run_report& x);

/// Bytes over all links; what one end sent is counted once.
uint64_t bytes_moved(const run_report& x);

} // namespace morph::cli
