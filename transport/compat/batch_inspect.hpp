// Inspection by CAF of batches: bounded lengths and raw bytes, nothing copied
// but by the serialiser itself.
#pragma once

#include <morph/transport/wire/batch.hpp>

#include <caf/deserializer.hpp>
#include <caf/error.hpp>
#include <caf/serializer.hpp>

#include <string>

namespace morph {

caf::error inspect(caf::serializer& f, batch& x);
caf::error inspect(caf::deserializer& f, batch& x);

std::string to_string(const batch& x);

} // namespace morph
