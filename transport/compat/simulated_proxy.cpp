#include <morph/graph/type_name.hpp>
#include <morph/transport/compat/batch_inspect.hpp>
#include <morph/transport/compat/message_types.hpp>
#include <morph/transport/compat/simulated_proxy.hpp>

#include <caf/actor_proxy.hpp>
#include <caf/actor_system.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/exit_reason.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_actor.hpp>
#include <caf/message.hpp>

namespace morph::compat {

namespace {

class proxy final : public caf::actor_proxy {
public:
  proxy(caf::actor_config& cfg, remote_sink sink)
    : caf::actor_proxy(cfg), sink_(std::move(sink)) {
    // nop
  }

  void enqueue(caf::mailbox_element_ptr x, caf::execution_unit*) override {
    if (!sink_)
      return;
    remote_message out;
    out.to = id();
    out.from = x->sender ? x->sender->id() : 0;
    out.number = x->mid.integer_value();
    auto content = x->move_content_to_message();
    if (content.size() == 1 && content.type(0).second)
      out.type = readable_type(content.type(0).second->name());
    if (content.match_elements<batch>()) {
      auto& y = content.get_as<batch>(0);
      out.bulk = y.head.size() + y.body.size();
    }
    caf::binary_serializer f{home_system(), out.bytes};
    // What cannot be written arrives as what cannot be read.
    static_cast<void>(f(content));
    sink_(std::move(out), x->sender);
  }

  void kill_proxy(caf::execution_unit* ctx, caf::error reason) override {
    sink_ = nullptr;
    cleanup(std::move(reason), ctx);
  }

private:
  remote_sink sink_;
};

} // namespace

caf::strong_actor_ptr make_simulated_proxy(caf::actor_system& here,
                                           caf::actor_system& there,
                                           uint64_t id, remote_sink sink) {
  caf::actor_config cfg;
  return caf::make_actor<proxy, caf::strong_actor_ptr>(id, there.node(), &here,
                                                       cfg, std::move(sink));
}

void end_simulated_proxy(const caf::strong_actor_ptr& x, bool lost,
                         const caf::error& why) {
  auto* y = dynamic_cast<caf::actor_proxy*>(x->get());
  y->kill_proxy(nullptr,
                lost ? caf::error{caf::exit_reason::remote_link_unreachable}
                     : why);
}

void deliver(caf::actor_system& sys, const caf::strong_actor_ptr& from,
             const caf::strong_actor_ptr& to, const remote_message& x) {
  caf::message content;
  caf::binary_deserializer f{sys, x.bytes};
  if (f(content))
    content = caf::message{};
  to->get()->enqueue(from, caf::make_message_id(x.number), std::move(content),
                     nullptr);
}

void when_ended(const caf::strong_actor_ptr& x,
                std::function<void(const caf::error&)> f) {
  x->get()->attach_functor(
    [f = std::move(f)](const caf::error& why) { f(why); });
}

} // namespace morph::compat
