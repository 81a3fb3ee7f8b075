#include <morph/transport/store/transfer_scope.hpp>

namespace morph {

namespace {

thread_local const transfer_scope* innermost = nullptr;

} // namespace

transfer_scope::transfer_scope(const caf::actor& store,
                               const caf::actor& link) noexcept
  : store_(store), link_(link), outer_(innermost) {
  innermost = this;
}

transfer_scope::~transfer_scope() {
  innermost = outer_;
}

const transfer_scope* transfer_scope::current() noexcept {
  return innermost;
}

} // namespace morph
