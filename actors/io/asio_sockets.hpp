// Sockets and timers on a loop of Boost.Asio.
//
// Thread-safety: as `io`.
#pragma once

#include <morph/actors/io/asio_loop.hpp>
#include <morph/actors/io/device.hpp>

namespace morph::detail {

result<std::shared_ptr<listener_device>> listen_on(asio_loop_ptr loop,
                                                   const endpoint& where);

void connect_on(asio_loop_ptr loop, const endpoint& to, std::stop_token stop,
                io_callback<std::shared_ptr<byte_device>> done);

/// Waits for as many nanoseconds.
void wait_on(asio_loop_ptr loop, int64_t ns, std::stop_token stop,
             io_callback<void> done);

} // namespace morph::detail
