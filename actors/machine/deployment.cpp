#include <morph/actors/machine/deployment.hpp>
#include <morph/graph/text/binary.hpp>

#include <algorithm>

namespace morph {

namespace {

tl::unexpected<error> malformed() {
  return fail(errc::protocol_violation, "malformed deployment");
}

} // namespace

bool arrangement::fits(size_t nodes, size_t hosts) const noexcept {
  return host_of.size() == nodes
         && (recompute.empty() || recompute.size() == nodes)
         && std::all_of(host_of.begin(), host_of.end(),
                        [hosts](auto h) { return h < hosts; });
}

result<void> encode_deployment(const deployment& x, byte_writer& f) {
  f.apply(x.id);
  if (auto ok = encode_graph(x.net, f); !ok)
    return ok;
  f.apply(static_cast<uint64_t>(x.results.size()));
  for (auto& r : x.results)
    f(r.node, r.port);
  f(x.losses, x.wrt, x.update, x.clip_norm, x.watch_gradients, x.hosts,
    static_cast<const arrangement&>(x), x.cache_bytes);
  return {};
}

result<deployment> decode_deployment(byte_reader& f) {
  deployment x;
  if (!f.apply(x.id))
    return malformed();
  auto net = decode_graph(f);
  if (!net)
    return fail(std::move(net.error()));
  x.net = std::move(*net);
  uint64_t results = 0;
  if (!f.length(results, 6))
    return malformed();
  auto nodes = x.net.size();
  for (uint64_t i = 0; i < results; ++i) {
    port_ref r;
    if (!f(r.node, r.port) || r.node >= nodes
        || r.port >= x.net[r.node].outputs.size())
      return malformed();
    x.results.push_back(r);
  }
  if (!f(x.losses, x.wrt, x.update, x.clip_norm, x.watch_gradients, x.hosts,
         static_cast<arrangement&>(x), x.cache_bytes))
    return malformed();
  auto below = [](auto& xs, size_t bound) {
    return std::all_of(xs.begin(), xs.end(),
                       [bound](auto n) { return n < bound; });
  };
  if (!below(x.losses, results) || !below(x.wrt, nodes)
      || !x.fits(nodes, x.hosts.size()) || x.hosts.size() > 65535)
    return malformed();
  return x;
}

} // namespace morph
