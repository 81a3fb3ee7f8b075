// The actor that is a host's store.
//
// Thread-safety: runs inside its actor.
//
// Requests between stores are control messages with reserved verbs; see
// docs/wire_format.md.
#pragma once

#include <morph/transport/object_store.hpp>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace morph {

/// Part of the wire format.
enum class store_verb : uint16_t {
  acquire = 0xff00,
  release = 0xff01,
  get = 0xff02,
  put = 0xff03,
  transferred = 0xff04,
};

static_assert(control::first_reserved_verb
              == static_cast<uint16_t>(store_verb::acquire));

// -- messages from handles to their store ------------------------------------

/// A new object; counts one handle.
struct create_object {
  uint64_t id = 0;
  value payload;
};

/// A handle has died.
struct release_object {
  object_name name;
};

/// A handle leaves over a link.
struct begin_transfer {
  uint64_t token = 0;
  object_handle object;
  caf::actor link;
};

/// A handle has come over a link; counts one handle.
struct adopt_object {
  object_name name;
  uint64_t token = 0;
  caf::actor link;
};

class store_core {
public:
  store_core(caf::event_based_actor* self, uint64_t identity);

  caf::behavior make_behavior();

private:
  /// An object of this host.
  struct owned {
    value payload;
    uint64_t version = 1;
    size_t handles = 0;
    std::set<caf::actor> leases; ///< Links to the hosts that hold one.
  };

  /// What waits for its turn on a borrowed object.
  struct operation {
    enum class kind { read, write, prefetch };
    kind what = kind::read;
    object_handle object;
    value payload;
    caf::response_promise promise;
  };

  /// A handle that came, to be confirmed when the lease is there.
  struct arrival {
    uint64_t token = 0;
    caf::actor link;
  };

  /// An object of another host.
  struct borrowed {
    enum class state { acquiring, leased, lost };
    state lease = state::acquiring;
    size_t handles = 0;
    value copy;
    uint64_t version = 0;
    std::vector<arrival> arrivals;
    std::deque<operation> operations;
    bool busy = false;
    std::string lost_owner; ///< Its name, once the link to it is down.
  };

  /// A request that another store will answer.
  struct question {
    object_name name;
    store_verb verb = store_verb::acquire;
  };

  struct transfer {
    object_handle object;
    caf::actor link;
  };

  // -- handles -----------------------------------------------------------------

  void on(const create_object& x);
  void on(const release_object& x);
  void on(const adopt_object& x);
  void confirm(std::vector<arrival>& xs);

  // -- operations ----------------------------------------------------------------

  void submit(operation x);
  void run_here(operation& x);
  void run_next(const object_name& name, borrowed& x);
  void finish(borrowed& x, object_result y);

  // -- other hosts ---------------------------------------------------------------

  void ask(const caf::actor& link, const object_name& name, store_verb verb,
           blob body);
  void tell(const caf::actor& link, store_verb verb, uint64_t number);
  caf::actor link_to(uint64_t owner) const;
  void on(const control& x);
  void on(const control_reply& x);
  void on_acquired(const object_name& name, bool ok);
  void on_got(borrowed& x, const control_reply& reply);
  void on_put(borrowed& x, const control_reply& reply);
  void on(const link_down& x);

  // -- ends ----------------------------------------------------------------------

  using owned_iterator = std::map<uint64_t, owned>::iterator;
  using borrowed_iterator = std::map<object_name, borrowed>::iterator;

  void sweep(owned_iterator i);
  void sweep(borrowed_iterator i);
  store_counts counts() const;

  caf::event_based_actor* self_;
  uint64_t identity_;
  std::map<uint64_t, owned> owned_;
  std::map<object_name, borrowed> borrowed_;
  std::map<uint64_t, transfer> transfers_;
  std::map<uint64_t, caf::actor> links_; ///< By the peer store's identity.
  std::map<uint64_t, question> questions_;
  uint64_t last_question_ = 0;
  uint64_t fetched_ = 0;
};

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::create_object)
MORPH_LOCAL_MESSAGE(morph::release_object)
MORPH_LOCAL_MESSAGE(morph::begin_transfer)
MORPH_LOCAL_MESSAGE(morph::adopt_object)
