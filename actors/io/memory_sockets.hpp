// Sockets in memory: two pipes make a connection.
//
// Thread-safety: none.
#pragma once

#include <morph/actors/io/memory_world.hpp>

namespace morph {

class memory_network {
public:
  struct door;

  /// MM0603 if it is taken. Port 0: the next free one.
  result<std::shared_ptr<door>> open(endpoint where);

  /// Null if nobody listens there.
  std::shared_ptr<door> find(const endpoint& where);

  /// For the near end of a connection.
  uint16_t next_port() noexcept {
    return next_port_++;
  }

private:
  std::map<std::string, std::weak_ptr<door>> doors_;
  uint16_t next_port_ = 49152;
};

namespace detail {

std::shared_ptr<listener_device> memory_listener(
  std::shared_ptr<memory_world> world,
  std::shared_ptr<memory_network::door> at);

/// Connects two machines.
void memory_connect(std::shared_ptr<memory_world> world,
                    std::shared_ptr<memory_network> network, endpoint from,
                    const endpoint& to, std::stop_token stop,
                    io_callback<std::shared_ptr<byte_device>> done);

} // namespace detail
} // namespace morph
