// The network between simulated processes. It stands where CAF's own network
// does: messages between systems become bytes, and monitors learn of peers
// that are gone. So greeters, links and carriers above it are those that ship.
//
// A connection behaves like TCP with heartbeats: what is sent arrives complete
// and in order, however late, until one end is gone or silent for too long;
// then both ends learn that. `line_options` says how lines differ, and how
// they may break even that.
//
// Thread-safety: none; see `world`.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/compat/simulated_proxy.hpp>
#include <morph/transport/sim/line.hpp>
#include <morph/transport/sim/process.hpp>

#include <caf/actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace morph::simulation {

class world;

struct network_options {
  std::chrono::nanoseconds heartbeat_interval = std::chrono::milliseconds{500};

  /// A peer that is silent for so long counts as lost.
  std::chrono::nanoseconds connection_timeout = std::chrono::seconds{2};
};

class network {
public:
  network(world& owner, const network_options& options);

  ~network();

  // -- lines --------------------------------------------------------------------

  /// From one process to another; the index of any: all processes.
  static constexpr size_t any = ~size_t{0};

  void set_line(size_t from, size_t to, const line_options& x);

  const line_options& line(size_t from, size_t to) const;

  /// Holds back what is sent that way from now on, until `heal`.
  void part(size_t from, size_t to);
  void heal(size_t from, size_t to);

  // -- what processes do ----------------------------------------------------------

  result<uint16_t> publish(process& where, const caf::actor& whom,
                           uint16_t port);

  void unpublish(uint16_t port);

  caf::actor spawn_connector(process& where);

  /// Calls `done` with a stand-in for what is published at a port, or with
  /// null.
  using dialled = std::function<void(const caf::strong_actor_ptr&)>;

  void dial(process& from, uint16_t port, dialled done);

  uint32_t fresh_number() noexcept {
    return ++numbers_;
  }

  /// The process is gone. Its system tells the peers, unless it had no time
  /// to: then they learn it from its silence.
  void abandon(process& x, bool silently);

  /// True if a silence may yet end a connection.
  bool suspects() const;

  /// Frames that are on their way, in words.
  std::vector<std::string> pending() const;

private:
  struct connection;
  struct side;
  struct frame;

  using connection_ptr = std::shared_ptr<connection>;

  struct offer {
    process* where;
    caf::actor whom;
  };

  connection_ptr connect(process& a, process& b);
  void export_actor(const connection_ptr& c, size_t s,
                    const caf::strong_actor_ptr& x);
  caf::strong_actor_ptr import_actor(const connection_ptr& c, size_t s,
                                     uint64_t id);
  void send(const connection_ptr& c, size_t s, frame x);
  void misbehave(const connection_ptr& c, size_t s, frame& x);
  void fly(const connection_ptr& c, size_t s, frame x, int64_t arrival);
  void arrive(const connection_ptr& c, size_t s, frame& x);
  void close(const connection_ptr& c, size_t s, bool tell);
  void beat(const std::weak_ptr<connection>& c, size_t s);
  bool parted(size_t from, size_t to) const;
  int64_t jitter(const line_options& x, const std::string& where);
  std::string name(const connection& c, size_t s) const;

  world& world_;
  network_options options_;
  std::map<std::pair<size_t, size_t>, line_options> lines_;
  line_options default_;
  std::map<std::pair<size_t, size_t>, bool> parted_;
  /// What waits for a partition to heal.
  std::map<std::pair<size_t, size_t>, std::vector<std::function<void()>>>
    waiting_;
  std::map<uint16_t, offer> offers_;
  std::vector<connection_ptr> connections_;
  uint16_t next_port_ = 40000;
  uint32_t numbers_ = 0;
};

} // namespace morph::simulation
