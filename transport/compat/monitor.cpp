#include <morph/transport/compat/monitor.hpp>

#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/system_messages.hpp>

#include <map>
#include <memory>
#include <vector>

namespace morph::compat {

namespace {

/// The one down handler that CAF 0.17 gives an actor: finds the callbacks of
/// the actor that is gone.
struct down_table {
  using map_type = std::multimap<caf::actor_addr, down_callback>;

  std::shared_ptr<map_type> callbacks = std::make_shared<map_type>();

  void operator()(caf::scheduled_actor*, caf::down_msg& x) const {
    std::vector<down_callback> due;
    auto [first, last] = callbacks->equal_range(x.source);
    for (auto i = first; i != last; ++i)
      due.push_back(std::move(i->second));
    callbacks->erase(first, last);
    for (auto& f : due)
      f(x.reason);
  }
};

/// Opens the handler of any actor: callbacks must be found again when the
/// second actor is monitored.
struct handler_access : caf::scheduled_actor {
  static down_handler& of(caf::scheduled_actor* x) {
    return x->*(&handler_access::down_handler_);
  }
};

} // namespace

void on_down(caf::scheduled_actor* self, const caf::actor& whom,
             down_callback f) {
  auto& handler = handler_access::of(self);
  auto* table = handler.target<down_table>();
  if (!table) {
    handler = down_table{};
    table = handler.target<down_table>();
  }
  auto addr = whom.address();
  auto first = table->callbacks->count(addr) == 0;
  table->callbacks->emplace(addr, std::move(f));
  if (first)
    self->monitor(whom);
}

std::string render(const caf::error& x) {
  return x ? caf::actor_system_config::render(x) : std::string{"normal exit"};
}

bool is_remote_loss(const caf::error& reason) {
  return reason == caf::exit_reason::remote_link_unreachable
         || reason == caf::exit_reason::unknown
         || reason == caf::exit_reason::kill;
}

} // namespace morph::compat
