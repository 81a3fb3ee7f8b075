// Lets events be messages of CAF.
#pragma once

#include <morph/actors/events/event.hpp>
#include <morph/transport/compat/messaging.hpp>

MORPH_LOCAL_MESSAGE(morph::event)
