// Where a process is reached.
//
// Thread-safety: plain values.
#pragma once

#include <morph/graph/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace morph {

/// Host name or IP address, and port. No aggregate: g++ 12 destroys aggregates
/// twice that are made inside a `co_await` expression.
struct endpoint {
  std::string host = "127.0.0.1";
  uint16_t port = 0;

  endpoint() = default;

  endpoint(std::string h, uint16_t p) : host(std::move(h)), port(p) {
    // nop
  }
};

std::string to_string(const endpoint& x);

/// Reads `port`, `host:port` or `[v6]:port`; fails with MM0112.
result<endpoint> parse_endpoint(std::string_view text);

} // namespace morph
