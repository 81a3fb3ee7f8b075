// TCP sockets by system calls that wait with poll.
//
// Thread-safety: as device.hpp; `own_peers` from any thread.
#pragma once

#include <morph/actors/io/device.hpp>

#include <mutex>
#include <set>

namespace morph::detail {

/// Both ends of the connections that one `blocking_io` has: a peer among them
/// does nothing while its thread waits.
class own_peers {
public:
  void add(const endpoint& x);
  void remove(const endpoint& x);
  bool has(const endpoint& x) const;

private:
  mutable std::mutex mutex_;
  std::multiset<std::string> all_;
};

using own_peers_ptr = std::shared_ptr<own_peers>;

result<std::shared_ptr<listener_device>> listen_blocking(const endpoint& where,
                                                         own_peers_ptr own,
                                                         bool may_wait);

result<std::shared_ptr<byte_device>> connect_blocking(const endpoint& to,
                                                      own_peers_ptr own,
                                                      std::stop_token stop);

} // namespace morph::detail
