#include <morph/transport/carrier.hpp>
#include <morph/transport/compat/batch_inspect.hpp>
#include <morph/transport/compat/monitor.hpp>

namespace morph {

namespace {

class basp_carrier final : public carrier {
public:
  basp_carrier(caf::event_based_actor* self, caf::actor peer)
    : self_(self), peer_(std::move(peer)) {
    compat::on_down(self, peer_, [self](const caf::error& reason) {
      compat::send(
        self, caf::actor{self},
        carrier_lost{error{errc::host_lost, "the connection is gone ("
                                              + compat::render(reason) + ")"}});
    });
  }

  void send(batch x) override {
    compat::send(self_, peer_, std::move(x));
  }

  bool is_peer(const caf::strong_actor_ptr& sender) const override {
    return sender && sender == peer_;
  }

private:
  caf::event_based_actor* self_;
  caf::actor peer_;
};

} // namespace

carrier::~carrier() {
  // nop
}

std::unique_ptr<carrier> make_basp_carrier(caf::event_based_actor* self,
                                           caf::actor peer) {
  return std::make_unique<basp_carrier>(self, std::move(peer));
}

} // namespace morph
