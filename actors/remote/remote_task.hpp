// Gives a function a name by which other hosts know it, so that its branches
// may run there:
//
//   morph::task<long> fib(morph::context& self, long n);
//   inline const morph::remote_task fib_task{"fib", fib};
//
// In a header that all programs include, or in a plugin, this registers it in
// each process. A name stands for one function: the first that takes it.
//
// Thread-safety: may be constructed on any thread.
#pragma once

#include <morph/actors/remote/served_branch.hpp>

#include <string>
#include <utility>

namespace morph {

class remote_task {
public:
  template <class F>
  remote_task(std::string name, F* f) {
    static_assert(tasks::is_plain_function<F*>,
                  "a remote task is a plain function: task<T> f(context&, "
                  "arguments...), T f(context&, arguments...) or T f(...)");
    static_assert(tasks::parts_of<F*>::arguments_cross,
                  "an argument of this remote task cannot leave its process: "
                  "give its type an 'inspect'");
    static_assert(tasks::parts_of<F*>::result_crosses,
                  "the result of this remote task cannot leave its process: "
                  "give its type an 'inspect'");
    tasks::register_function({std::move(name), tasks::key_of<F*>(f),
                              tasks::signature_of(typeid(F*).name()),
                              tasks::serve<F*>});
  }
};

} // namespace morph
