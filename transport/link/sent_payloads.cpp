#include <morph/transport/address.hpp>
#include <morph/transport/link/sent_payloads.hpp>

namespace morph {

uint64_t sent_payloads::find(const key& k, uint64_t version) const {
  auto i = entries_.find(k);
  return i != entries_.end() && i->second.version == version ? i->second.bytes
                                                             : 0;
}

bool sent_payloads::add(const key& k, uint64_t version, uint64_t bytes,
                        std::vector<key>& evicted) {
  // A new version takes the place of the old one at the peer.
  if (auto i = entries_.find(k); i != entries_.end()) {
    erase(i);
    if (bytes == 0 || bytes > limit_)
      evicted.push_back(k);
  }
  if (bytes == 0 || bytes > limit_)
    return false;
  while (bytes_ + bytes > limit_) {
    evicted.push_back(oldest_first_.front());
    erase(entries_.find(oldest_first_.front()));
  }
  oldest_first_.push_back(k);
  entries_.emplace(k, entry{version, bytes, std::prev(oldest_first_.end())});
  bytes_ += bytes;
  return true;
}

void sent_payloads::forget(uint32_t deployment) {
  auto i = entries_.lower_bound({make_address(deployment, 0), 0});
  while (i != entries_.end() && deployment_of(i->first.first) == deployment)
    erase(i++);
}

void sent_payloads::erase(std::map<key, entry>::iterator i) {
  bytes_ -= i->second.bytes;
  oldest_first_.erase(i->second.age);
  entries_.erase(i);
}

} // namespace morph
