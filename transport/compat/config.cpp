#include <morph/graph/error.hpp>
#include <morph/transport/compat/batch_inspect.hpp>
#include <morph/transport/compat/config.hpp>
#include <morph/transport/compat/keeper.hpp>
#include <morph/transport/compat/scheduler.hpp>
#include <morph/transport/compat/simulated_scheduler.hpp>
#include <morph/transport/wire/handshake.hpp>

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>

#include <fstream>
#include <thread>

namespace morph {

namespace {

void check_readable(const std::string& path) {
  if (!path.empty() && !std::ifstream{path})
    throw failure{
      error{errc::cannot_open, "cannot read the TLS file '" + path + "'"}};
}

void configure_tls(caf::actor_system_config& cfg, const tls_options& x) {
  auto named = !x.certificate.empty() || !x.key.empty() || !x.cafile.empty()
               || !x.capath.empty();
  if (!named)
    return;
  if (!x.enabled())
    throw failure{
      error{errc::insecure_address,
            "mutual TLS needs a certificate, its key and a CA file or path"}};
  // CAF ends the process when it meets a file that is not there.
  check_readable(x.certificate);
  check_readable(x.key);
  check_readable(x.cafile);
  cfg.load<caf::openssl::manager>();
  cfg.openssl_certificate = x.certificate;
  cfg.openssl_key = x.key;
  cfg.openssl_passphrase = x.passphrase;
  cfg.openssl_capath = x.capath;
  cfg.openssl_cafile = x.cafile;
}

} // namespace

void configure(caf::actor_system_config& cfg, const system_options& x) {
  using std::chrono::duration_cast;
  auto workers
    = x.workers > 0 ? x.workers : std::thread::hardware_concurrency();
  cfg.set("scheduler.max-threads", workers > 0 ? workers : size_t{1});
  cfg.set("scheduler.max-throughput", x.max_throughput);
  cfg.load<caf::scheduler::coordinator<compat::wake_on_enqueue>>();
  cfg.load<compat::keeper>();
  cfg.load<caf::id_block::morph_transport>();
  if (!x.networking)
    return;
  cfg.load<caf::io::middleman>();
  // Messages are read where they arrive: one copy less.
  cfg.set("middleman.workers", size_t{0});
  cfg.set("middleman.heartbeat-interval",
          duration_cast<caf::timespan>(x.heartbeat_interval));
  cfg.set("middleman.connection-timeout",
          duration_cast<caf::timespan>(x.connection_timeout));
  cfg.set("middleman.enable-automatic-connections", false);
  configure_tls(cfg, x.tls);
}

void configure_simulated(caf::actor_system_config& cfg) {
  cfg.set("scheduler.max-threads", size_t{1});
  cfg.load<compat::simulated_scheduler>();
  cfg.load<compat::keeper>();
  cfg.load<caf::id_block::morph_transport>();
}

} // namespace morph
