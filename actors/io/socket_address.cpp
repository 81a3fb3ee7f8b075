#include <morph/actors/io/socket_address.hpp>

#include <arpa/inet.h>

namespace morph::detail {

endpoint socket_address::where() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (raw.ss_family == AF_INET6) {
    auto& x = reinterpret_cast<const sockaddr_in6&>(raw);
    inet_ntop(AF_INET6, &x.sin6_addr, text, sizeof(text));
    return {text, ntohs(x.sin6_port)};
  }
  auto& x = reinterpret_cast<const sockaddr_in&>(raw);
  inet_ntop(AF_INET, &x.sin_addr, text, sizeof(text));
  return {text, ntohs(x.sin_port)};
}

result<socket_address> address_of(const endpoint& x) {
  socket_address out;
  auto& v4 = reinterpret_cast<sockaddr_in&>(out.raw);
  auto host = x.host == "localhost" ? std::string{"127.0.0.1"} : x.host;
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(x.port);
    out.size = sizeof(sockaddr_in);
    return out;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out.raw);
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(x.port);
    out.size = sizeof(sockaddr_in6);
    return out;
  }
  return fail(errc::host_unreachable,
              to_string(x) + ": the host is not a numeric address");
}

} // namespace morph::detail
