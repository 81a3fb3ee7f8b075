// Endpoints as the system wants them.
//
// Thread-safety: plain values and free functions.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/endpoint.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

namespace morph::detail {

struct socket_address {
  sockaddr_storage raw{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() noexcept {
    return reinterpret_cast<sockaddr*>(&raw);
  }

  int family() const noexcept {
    return raw.ss_family;
  }

  endpoint where() const;
};

/// Fails with MM0601 unless the host is numeric or `localhost`: a name would
/// have to be looked up, which blocks.
result<socket_address> address_of(const endpoint& x);

} // namespace morph::detail
