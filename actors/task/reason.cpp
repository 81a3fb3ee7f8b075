#include <morph/actors/task/reason.hpp>

#include <cxxabi.h>
#include <typeinfo>

namespace morph::tasks {

bool handles_interruption() noexcept {
  auto* type = abi::__cxa_current_exception_type();
  return type && *type == typeid(interruption);
}

} // namespace morph::tasks
