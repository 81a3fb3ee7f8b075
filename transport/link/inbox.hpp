// The incoming half of a link: turns batches into messages.
//
// Thread-safety: none. No actors, no clock.
//
// Invariants:
// 1. Nothing that a peer sends makes it throw, or allocate more than
//    `max_payload` for one payload and `max_incoming` for all that are
//    incomplete; kept payloads have at most `cache_bytes`.
// 2. Messages come out in the order of their frames; one with an announced
//    payload comes out when the payload is complete.
// 3. After an error nothing more is accepted.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/link.hpp>
#include <morph/transport/wire/batch.hpp>
#include <morph/transport/wire/frame.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <variant>
#include <vector>

namespace morph {

/// What a batch asks its receiver to do.
using delivery = std::variant<forward, backward, recall, begin_step,
                              commit_step, cancel_step, ready, failed, control,
                              control_reply, wire::ack, wire::goodbye>;

class inbox {
public:
  explicit inbox(const link_options& x);

  /// Appends to `out`. Fails with MM0605 if the batch breaks the rules; what
  /// was appended before that stays valid.
  result<wire::batch_header> accept(const batch& x, std::vector<delivery>& out);

  /// Bulk bytes that arrived since the last call: credit for the sender.
  uint64_t take_credit() noexcept {
    return std::exchange(credit_, 0);
  }

  /// Fills in the incoming part.
  void report(link_stats& x) const;

private:
  using key = std::pair<uint64_t, uint32_t>; ///< Address and port.

  /// A payload that arrives in chunks.
  struct transfer {
    delivery message;
    wire::announcement what;
    tensor elements;
    std::shared_ptr<std::byte[]> bytes;
    uint64_t received = 0;
    /// Further steps that use the same payload.
    std::vector<wire::unchanged> waiting;

    std::byte* memory() {
      return elements ? elements.mutable_bytes() : bytes.get();
    }
  };

  /// A payload that the sender may refer to again.
  struct kept {
    uint64_t version = 0;
    uint64_t bytes = 0;
    value payload;
    uint32_t transfer = 0; ///< Not 0: still arriving.
  };

  result<void> accept_frames(byte_reader& f, const blob& body,
                             std::vector<delivery>& out);

  result<void> handle(forward& x, const wire::frame& f,
                      std::vector<delivery>& out);
  result<void> handle(wire::unchanged& x, std::vector<delivery>& out);
  result<void> handle(const wire::forget& x);
  result<void> handle(const wire::forget_all& x);
  result<void> handle(const wire::chunk& x, const blob& body,
                      std::vector<delivery>& out);

  template <class T>
  result<void> begin(wire::announced<T>& x, uint8_t flags);

  static_assert(
    std::is_same_v<std::variant_alternative_t<1, delivery>, backward>,
    "the first two alternatives carry values");

  void complete(transfer& x, std::vector<delivery>& out);

  result<void> keep(const key& k, kept x);

  void drop(std::map<key, kept>::iterator i);

  uint64_t max_payload_;
  uint64_t max_incoming_;
  uint64_t cache_bytes_;
  std::map<uint32_t, transfer> transfers_;
  std::map<key, kept> kept_;
  uint64_t incoming_ = 0;
  uint64_t kept_bytes_ = 0;
  uint64_t credit_ = 0;
  uint32_t sequence_ = 0;
  link_counters counters_;
};

} // namespace morph
