// A plugin: `morph host --plugin` loads it, which makes `huber` known there.

#include "huber.hpp"

namespace {

[[maybe_unused]] const bool registered = (morph::register_node<huber>(), true);

} // namespace
