#include <morph/transport/endpoint.hpp>

#include <charconv>

namespace morph {

std::string to_string(const endpoint& x) {
  auto v6 = x.host.find(':') != std::string::npos;
  return (v6 ? "[" + x.host + "]" : x.host) + ':' + std::to_string(x.port);
}

result<endpoint> parse_endpoint(std::string_view text) {
  endpoint out;
  auto wrong = [&] {
    return fail(errc::syntax_error, "'" + std::string{text}
                                      + "' is not an address like "
                                        "127.0.0.1:4242");
  };
  auto colon = text.rfind(':');
  auto port = text;
  if (colon != std::string_view::npos) {
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
      host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
      return wrong();
    if (host.empty())
      return wrong();
    out.host = host;
    port = text.substr(colon + 1);
  }
  auto [end, ec]
    = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (ec != std::errc{} || end != port.data() + port.size() || port.empty())
    return wrong();
  return out;
}

} // namespace morph
