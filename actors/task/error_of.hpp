// An exception as a value: what user code throws ends at the branch.
#pragma once

#include <morph/graph/error.hpp>

#include <exception>

namespace morph::tasks {

/// That of a `failure`; MM0501 with the text of any other exception.
error error_of(const std::exception_ptr& x);

} // namespace morph::tasks
