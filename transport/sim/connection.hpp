// A connection between two simulated processes, and what travels over it.
#pragma once

#include <morph/transport/sim/network.hpp>

#include <caf/error.hpp>

#include <array>

namespace morph::simulation {

struct network::frame {
  enum class what : uint8_t { message, ended, end, heartbeat };

  frame(what w, compat::remote_message m, size_t n)
    : is(w), message(std::move(m)), bytes(n) {
    // nop
  }

  std::string describe() const {
    switch (is) {
      case what::message:
        return message.type + " of " + std::to_string(bytes) + " bytes";
      case what::ended:
        return "an actor has ended";
      case what::end:
        return "end of the connection";
      default:
        return "heartbeat";
    }
  }

  what is;
  compat::remote_message message;
  size_t bytes;
  caf::error why; // of `ended`
  bool lost = false;
  bool twice = false;
  bool overtakes = false;
};

/// One end. Strong handles keep actors that the other end may name.
struct network::side {
  process* at = nullptr;
  bool open = true;
  std::map<uint64_t, caf::strong_actor_ptr> exported;
  std::map<uint64_t, caf::strong_actor_ptr> imported;
  int64_t heard = 0;
  int64_t line_free = 0;
  int64_t last_arrival = 0;
};

struct network::connection {
  std::array<side, 2> sides;
  std::array<size_t, 2> under_way{};
};

} // namespace morph::simulation
