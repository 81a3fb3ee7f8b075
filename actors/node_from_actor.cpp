#include <morph/actors/host/actor_node.hpp>
#include <morph/actors/host/value_list.hpp>
#include <morph/actors/node_from_actor.hpp>
#include <morph/transport/mailbox.hpp>

#include <algorithm>

namespace morph {

namespace {

tl::unexpected<error> needs_actors() {
  error e{errc::infeasible_plan,
          "the node is an existing actor, which only actors can wait for"};
  e.remedy(
    "run the graph on an actor runtime (threads or cluster) and "
    "differentiate with the session's objective");
  return fail(std::move(e));
}

/// A request that holds a value of a type unknown here is none that the actor
/// could answer; it gets an empty message instead, the requester an error.
bool can_read(byte_reader& f, std::vector<value>& xs) {
  return apply_values(f, xs) && std::none_of(xs.begin(), xs.end(), [](auto& x) {
           return x && x.template get_if<undecodable>();
         });
}

} // namespace

result<std::vector<value>> actor_node::forward(std::span<const value>) {
  return needs_actors();
}

result<std::vector<value>> actor_node::backward(std::span<const value>,
                                                std::span<const value>) {
  return needs_actors();
}

bool inspect(byte_writer& f, node_fire& x) {
  return f.apply(x.step) && apply_values(f, x.inputs);
}

bool inspect(byte_reader& f, node_fire& x) {
  return f.apply(x.step) && can_read(f, x.inputs);
}

bool inspect(byte_writer& f, node_pullback& x) {
  return f.apply(x.step) && apply_values(f, x.inputs)
         && apply_values(f, x.cotangents);
}

bool inspect(byte_reader& f, node_pullback& x) {
  return f.apply(x.step) && can_read(f, x.inputs) && can_read(f, x.cotangents);
}

bool inspect(byte_writer& f, node_values& x) {
  return apply_values(f, x.values);
}

bool inspect(byte_reader& f, node_values& x) {
  return apply_values(f, x.values);
}

expr add_actor(graph& g, const caf::actor& whom, std::vector<expr> inputs,
               std::vector<port_type> outputs,
               const actor_node_options& options, std::source_location at) {
  if (!whom)
    throw failure{
      error{errc::invalid_attribute, "the node has a null handle for its actor"}
        .at("actor", at)};
  if (outputs.empty())
    throw failure{
      error{errc::wrong_arity, "the node has no outputs"}.at("actor", at)};
  auto n = inputs.size();
  return g.add_user(std::make_shared<actor_node>(whom, n, std::move(outputs),
                                                 options),
                    std::move(inputs), at);
}

} // namespace morph
