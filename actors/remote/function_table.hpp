// Functions that have a name on all hosts.
//
// Thread-safety: all functions may be called from any thread.
#pragma once

#include <morph/actors/task/scope_core.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace morph {

class byte_reader;

} // namespace morph

namespace morph::tasks {

class lane;
struct start_request;

struct remote_function {
  std::string name;
  function_key key;
  /// Of its type: what another process calls by this name may differ.
  uint64_t signature = 0;
  /// Makes a branch of it on a host.
  void (*serve)(lane& in, const remote_function& f, const start_request& x)
    = nullptr;
};

/// The first function of a name has it; another one of the same name has none.
/// What is registered stays for good.
void register_function(remote_function x);

/// Null if it is not registered under a name of its own.
const remote_function* find_function(const function_key& key) noexcept;
const remote_function* find_function(std::string_view name) noexcept;

/// Names of all functions that this process can run for others.
std::vector<std::string> known_functions();

/// Changes with each registration.
size_t num_functions() noexcept;

/// Equal texts give equal numbers in all processes.
uint64_t signature_of(std::string_view type_name) noexcept;

} // namespace morph::tasks
