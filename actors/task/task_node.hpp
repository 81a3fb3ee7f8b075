// Nodes of a graph that decide as they run: a coroutine in place of `forward`.
// What it does with blocks is differentiated along the path that it took.
//
//   struct encode : morph::task_node<encode> {
//     morph::task<morph::traced> run(morph::context& self, const tree& t,
//                                    morph::traced w) const;
//     static morph::port_type output_type(const morph::port_type& t,
//                                         const morph::port_type& w);
//   };
//
//   auto h = g.add(encode{}, t, w);
//
// `run` is a const member. Parameters of type `traced` are leaves: gradients
// flow to those that are tensors of a floating type. Other parameters are
// `tensor`, `value` or any user type. It returns a task of one result or of a
// `std::array` or `std::tuple` of several; those that are `traced` carry
// gradients. `output_type` declares their types where they are not that of the
// first input that is a tensor.
//
// Thread-safety: as user nodes. On actor runtimes such a node has a thread of
// its own, and its branches run on the actor system of its host; inline they
// run on the caller's thread. The results are the same.
#pragma once

#include <morph/actors/task/run.hpp>
#include <morph/actors/task/task_node_model.hpp>
#include <morph/autodiff/path/block.hpp>

namespace morph {

template <class Derived>
struct task_node {
  using model_type = task_node_model<Derived>;
};

} // namespace morph
