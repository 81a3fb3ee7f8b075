// Monitors with one callback per monitored actor, and errors as text.
//
// Thread-safety: call from inside the actor `self`.
// Invariants:
// 1. Each `on_down` calls its function at most once, inside `self`.
// 2. Any number of actors may be monitored; one actor may be monitored more
//    than once.
// 3. `on_down` owns the down handler of `self`: do not set another one.
#pragma once

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <string>

namespace morph::compat {

using down_callback = std::function<void(const caf::error& reason)>;

/// Calls `f` when `whom` ends or its host is lost, also if it already has.
void on_down(caf::scheduled_actor* self, const caf::actor& whom,
             down_callback f);

/// A sentence for people.
std::string render(const caf::error& x);

/// True if an actor ended because its process or connection is gone.
bool is_remote_loss(const caf::error& reason);

} // namespace morph::compat
