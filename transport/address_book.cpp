#include <morph/transport/address_book.hpp>

namespace morph {

namespace {

const caf::actor nobody;

} // namespace

const caf::actor& deployment_addresses::find(uint32_t node) const noexcept {
  if (node == controller_node)
    return controller;
  if (node == session_node)
    return session;
  return node < nodes.size() ? nodes[node] : nobody;
}

address_book::address_book()
  : current_(std::make_shared<const std::map<uint32_t, entry>>()) {
  // nop
}

void address_book::open(uint32_t deployment, deployment_addresses actors) {
  auto added = std::make_shared<const deployment_addresses>(std::move(actors));
  std::lock_guard guard{mutex_};
  auto next = *current_;
  next.insert_or_assign(deployment, std::move(added));
  current_ = std::make_shared<const std::map<uint32_t, entry>>(std::move(next));
  epoch_.fetch_add(1, std::memory_order_release);
}

void address_book::close(uint32_t deployment) {
  snapshot old;
  std::lock_guard guard{mutex_};
  auto next = *current_;
  if (next.erase(deployment) == 0)
    return;
  old
    = std::exchange(current_, std::make_shared<const std::map<uint32_t, entry>>(
                                std::move(next)));
  epoch_.fetch_add(1, std::memory_order_release);
}

caf::actor address_book::find(uint64_t address) const {
  auto snap = all();
  auto i = snap->find(deployment_of(address));
  return i == snap->end() ? nobody : i->second->find(node_of(address));
}

address_book::snapshot address_book::all() const {
  std::lock_guard guard{mutex_};
  return current_;
}

} // namespace morph
