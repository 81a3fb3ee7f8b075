#include <morph/transport/compat/keeper.hpp>
#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/object_store.hpp>
#include <morph/transport/store/store_actor.hpp>
#include <morph/transport/store/transfer_scope.hpp>

#include <caf/stateful_actor.hpp>

#include <random>

namespace morph {

namespace {

struct store_state {
  static inline const char* name = "morph.store";
  std::unique_ptr<store_core> core;
};

caf::behavior store(caf::stateful_actor<store_state>* self, uint64_t identity) {
  compat::keep(self);
  auto& core = compat::state(self).core;
  core = std::make_unique<store_core>(self, identity);
  return core->make_behavior();
}

/// Two hosts must not have the same; 0 means none.
uint64_t make_identity(caf::actor_system& sys) {
  if (compat::simulation_of(sys))
    return compat::fresh_number(sys);
  std::random_device entropy;
  auto x = uint64_t{entropy()} << 32 | entropy();
  return x == 0 ? 1 : x;
}

std::atomic<uint64_t> last_token{0};

thread_local std::shared_ptr<object_store> store_here;

} // namespace

object_handle::reference::reference(caf::actor s, object_name n)
  : store(std::move(s)), name(n) {
  // nop
}

object_handle::reference::~reference() {
  compat::anon_send(store, release_object{name});
}

object_handle::object_handle(caf::actor store, object_name name)
  : ref_(std::make_shared<const reference>(std::move(store), name)) {
  // nop
}

bool inspect(byte_writer& f, object_handle& x) {
  if (!x)
    return f(uint64_t{0}, uint64_t{0}, uint64_t{0});
  auto* scope = transfer_scope::current();
  if (!scope || !scope->store())
    return false;
  auto token = last_token.fetch_add(1, std::memory_order_relaxed) + 1;
  compat::anon_send(scope->store(), begin_transfer{token, x, scope->link()});
  return f(x.name().owner, x.name().id, token);
}

bool inspect(byte_reader& f, object_handle& x) {
  object_name name;
  uint64_t token = 0;
  x = object_handle{};
  if (!f(name.owner, name.id, token))
    return false;
  if (name.owner == 0)
    return true;
  auto* scope = transfer_scope::current();
  if (!scope || !scope->store())
    return f.reject();
  // Before the handle exists: its death comes later.
  compat::anon_send(scope->store(), adopt_object{name, token, scope->link()});
  x = object_handle{scope->store(), name};
  return true;
}

object_store::object_store(caf::actor_system& sys)
  : identity_(make_identity(sys)),
    actor_(compat::spawn_hidden(sys, store, identity_)) {
  // nop
}

object_store::~object_store() {
  compat::stop(actor_);
}

object_handle object_store::put(value x) {
  auto id = last_id_.fetch_add(1, std::memory_order_relaxed) + 1;
  compat::anon_send(actor_, create_object{id, std::move(x)});
  return object_handle{actor_, {identity_, id}};
}

object_store* object_store::here() noexcept {
  return store_here.get();
}

void object_store::settle(std::shared_ptr<object_store> x) noexcept {
  store_here = std::move(x);
}

void object_store::serve(link_options& x) const {
  x.store = actor_;
  x.self.store = identity_;
}

} // namespace morph
