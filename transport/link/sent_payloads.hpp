// What the sender knows of the payloads that the peer keeps.
//
// The sender decides what is kept and tells the peer what to forget, so that
// both ends agree without asking.
//
// Thread-safety: none.
// Invariant: the payloads that the peer keeps have at most `limit` bytes.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

namespace morph {

class sent_payloads {
public:
  using key = std::pair<uint64_t, uint32_t>; ///< Address and port.

  explicit sent_payloads(uint64_t limit) : limit_(limit) {
    // nop
  }

  /// Returns the payload's bytes if the peer keeps exactly this version,
  /// else 0.
  uint64_t find(const key& k, uint64_t version) const;

  /// Notes a payload that is about to be sent. Returns whether the peer shall
  /// keep it; appends to `evicted` what it shall forget before.
  bool add(const key& k, uint64_t version, uint64_t bytes,
           std::vector<key>& evicted);

  void forget(uint32_t deployment);

  /// Lowers the limit; call before anything is added.
  void set_limit(uint64_t bytes) {
    limit_ = bytes;
  }

  uint64_t bytes() const noexcept {
    return bytes_;
  }

private:
  struct entry {
    uint64_t version = 0;
    uint64_t bytes = 0;
    std::list<key>::iterator age;
  };

  void erase(std::map<key, entry>::iterator i);

  uint64_t limit_;
  uint64_t bytes_ = 0;
  std::map<key, entry> entries_;
  std::list<key> oldest_first_;
};

} // namespace morph
