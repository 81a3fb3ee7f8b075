// Control requests that wait for the peer's reply.
//
// Thread-safety: none; belongs to a link.
// Invariant: each request is taken exactly once.
#pragma once

#include <caf/actor.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace morph {

/// Who asked, and under which number.
struct pending_request {
  caf::actor requester;
  uint64_t request = 0;
};

class request_table {
public:
  /// Returns the number that goes over the wire.
  uint64_t add(caf::actor requester, uint64_t request) {
    pending_.emplace(++last_, pending_request{std::move(requester), request});
    return last_;
  }

  std::optional<pending_request> take(uint64_t number) {
    auto node = pending_.extract(number);
    if (node.empty())
      return std::nullopt;
    return std::move(node.mapped());
  }

  /// Removes and returns all, oldest first.
  std::vector<pending_request> take_all() {
    std::vector<pending_request> out;
    for (auto& [number, x] : pending_)
      out.push_back(std::move(x));
    pending_.clear();
    return out;
  }

  size_t size() const noexcept {
    return pending_.size();
  }

private:
  uint64_t last_ = 0;
  std::map<uint64_t, pending_request> pending_;
};

} // namespace morph
