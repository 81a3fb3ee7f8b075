// What carries batches of frames from a link to its peer.
//
// A carrier delivers batches complete, in order and at most once, as messages
// of type `batch` to the link at the other end; when it no longer can, the
// link gets one `carrier_lost`.
//
// Thread-safety: used by one link actor only.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/mailbox.hpp>
#include <morph/transport/wire/batch.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <memory>

namespace morph {

/// Tells a link that its carrier has failed.
struct carrier_lost {
  error what;
};

class carrier {
public:
  virtual ~carrier();

  virtual void send(batch x) = 0;

  /// True if a message with this sender came from the peer.
  virtual bool is_peer(const caf::strong_actor_ptr& sender) const = 0;
};

/// Carries batches as messages between remote actors of CAF. Monitors `peer`.
std::unique_ptr<carrier> make_basp_carrier(caf::event_based_actor* self,
                                           caf::actor peer);

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::carrier_lost)
