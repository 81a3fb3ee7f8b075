// The objects of a host that remote pointers refer to, and the leases by which
// other hosts keep them alive.
//
// Thread-safety: `object_store` and `object_handle` may be used from any
// thread; the store itself is an actor.
//
// Invariants:
// 1. An object lives while its host has a handle to it, another host leases
//    it, or a handle to it is on its way between hosts; then it is destroyed.
// 2. A host holds at most one lease per object, however many handles it has.
//    It gives the lease back with its last handle.
// 3. A handle on its way is held by the sending host until the receiving one
//    has its lease, or until the link between them ends.
// 4. Leases of a lost host are dropped with the link to it.
// 5. Reads and writes that a host asks for on one object happen in the order
//    in which it asked; the owner gives each write a new version.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/value.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/link.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <atomic>
#include <compare>
#include <cstdint>
#include <memory>

namespace morph {

/// Identifies an object among all hosts.
struct object_name {
  uint64_t owner = 0; ///< Identity of the owner's store.
  uint64_t id = 0;    ///< Counts from 1.

  friend auto operator<=>(const object_name&, const object_name&) = default;
};

/// Keeps an object alive. Copies within a process are copies of a pointer.
class object_handle {
public:
  object_handle() noexcept = default;

  /// Takes over a reference that `store` has counted.
  object_handle(caf::actor store, object_name name);

  explicit operator bool() const noexcept {
    return ref_ != nullptr;
  }

  /// REQUIRES: not null.
  const object_name& name() const noexcept {
    return ref_->name;
  }

  /// This host's store. REQUIRES: not null.
  const caf::actor& store() const noexcept {
    return ref_->store;
  }

private:
  struct reference {
    reference(caf::actor s, object_name n);
    reference(const reference&) = delete;
    reference& operator=(const reference&) = delete;
    ~reference();

    caf::actor store;
    object_name name;
  };

  std::shared_ptr<const reference> ref_;
};

/// Works while a link encodes or decodes; see transfer_scope.hpp.
bool inspect(byte_writer& f, object_handle& x);
bool inspect(byte_reader& f, object_handle& x);

// -- messages to a host's store --------------------------------------------------

/// Request; answered with `object_result`. Fetches the value unless the copy
/// that this host has is the owner's version.
struct read_object {
  object_handle object;
};

/// Request; answered with `object_result`, whose version is the new one.
struct write_object {
  object_handle object;
  value payload;
};

/// Fetches in the background what a later read needs. No answer.
struct prefetch_object {
  object_handle object;
};

/// Request; answered with `store_counts`.
struct get_store_counts {};

struct object_result {
  error what; ///< `errc::none` if all went well.
  value payload;
  uint64_t version = 0;
};

struct store_counts {
  size_t objects = 0;   ///< Owned here.
  size_t leases = 0;    ///< Of other hosts, on objects owned here.
  size_t borrowed = 0;  ///< Objects of other hosts that this one refers to.
  size_t transfers = 0; ///< Handles that are on their way to other hosts.
  uint64_t fetched = 0; ///< Values that came from other hosts.
};

// -- the store -----------------------------------------------------------------

class object_store {
public:
  /// Starts the store of this host. It ends with the object or the system.
  explicit object_store(caf::actor_system& sys);

  object_store(const object_store&) = delete;
  object_store& operator=(const object_store&) = delete;

  ~object_store();

  /// Places a value; version 1.
  object_handle put(value x);

  /// Lets remote pointers travel over links with these options.
  void serve(link_options& x) const;

  /// The store of the host whose node runs on this thread; null elsewhere.
  static object_store* here() noexcept;

  /// Makes `x` what `here` returns, for the rest of this thread.
  static void settle(std::shared_ptr<object_store> x) noexcept;

  const caf::actor& actor() const noexcept {
    return actor_;
  }

  uint64_t identity() const noexcept {
    return identity_;
  }

private:
  uint64_t identity_;
  std::atomic<uint64_t> last_id_{0};
  caf::actor actor_;
};

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::read_object)
MORPH_LOCAL_MESSAGE(morph::write_object)
MORPH_LOCAL_MESSAGE(morph::prefetch_object)
MORPH_LOCAL_MESSAGE(morph::get_store_counts)
MORPH_LOCAL_MESSAGE(morph::object_result)
MORPH_LOCAL_MESSAGE(morph::store_counts)
