// Sends what a machine says as messages of the mailbox protocol.
#pragma once

#include <morph/actors/host/node_actor.hpp>
#include <morph/actors/host/part_context.hpp>
#include <morph/actors/machine/outlet.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/mailbox.hpp>

#include <algorithm>
#include <bit>

namespace morph {

static_assert(flag::backward == forward::wants_backward
              && flag::recalled == forward::recalled
              && flag::stable == forward::stable);

template <class Self>
class actor_outlet final : public outlet {
public:
  actor_outlet(Self* self, const part_context& context, node_id n)
    : self_(self), context_(context), node_(n) {
    // nop
  }

  void forward(uint32_t edge, uint64_t step, versioned x) override {
    auto& e = context_.wires.consumers(node_)[edge];
    compat::send(self_, receiver(e.to),
                 morph::forward{context_.address(e.to), e.to_port, step,
                                x.version, std::move(x.payload), x.flags});
  }

  void backward(uint32_t input, uint64_t step, versioned x) override {
    auto& e = context_.wires.inputs(node_)[input];
    compat::send(self_, receiver(e.from.node),
                 morph::backward{context_.address(e.from.node), e.slot, step,
                                 x.version, std::move(x.payload)});
  }

  void recall(uint32_t input, uint64_t step) override {
    auto& e = context_.wires.inputs(node_)[input];
    compat::send(self_, receiver(e.from.node),
                 morph::recall{context_.address(e.from.node), e.slot, step});
  }

  void pass_turn(pass_direction d, uint64_t step) override {
    if (auto* next = context_.wires.next_turn(node_, d))
      compat::send(self_, context_.actors[*next], take_turn{step, d});
  }

  void failed(uint64_t step, error what) override {
    compat::send(self_, context_.session,
                 morph::failed{context_.address(session_node), step,
                               std::move(what)});
  }

  void ready(uint64_t step, double norm2, bool has_gradient) override {
    compat::send(self_, context_.session,
                 morph::ready{context_.address(session_node), node_, step,
                              std::bit_cast<uint64_t>(norm2),
                              static_cast<uint8_t>(has_gradient)});
  }

  // Gradients come after the results, in the order of `wrt`.
  void gradient(uint64_t step, value x) override {
    auto& wrt = context_.plan.wrt;
    auto i = std::find(wrt.begin(), wrt.end(), node_) - wrt.begin();
    auto port = context_.plan.results.size() + static_cast<size_t>(i);
    compat::send(self_, context_.session,
                 morph::forward{context_.address(session_node),
                                static_cast<uint32_t>(port), step, step,
                                std::move(x), 0});
  }

private:
  const caf::actor& receiver(node_id n) const {
    return n == session_node ? context_.session : context_.actors[n];
  }

  Self* self_;
  const part_context& context_;
  node_id node_;
};

} // namespace morph
