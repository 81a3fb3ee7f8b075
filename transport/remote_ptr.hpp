// A typed handle to a value that lives on some host.
//
//   auto p = make_remote<tensor>(store, x);       // lives here
//   ...                                           // sent to another host
//   p.read(self, [](const result<tensor>& x) { ... });
//   p.write(self, y, [](const result<uint64_t>& version) { ... });
//
// A node of a graph takes and returns remote pointers like any other value:
//
//   struct look : morph::node<look> {
//     tensor forward(const remote_ptr<tensor>& p) const { return p.get(); }
//   };
//   struct lay_down : morph::node<lay_down> {
//     remote_ptr<tensor> forward(const tensor& x) const {
//       return make_remote(x); // on the host where the node runs
//     }
//   };
//
// Reading fetches the value, or confirms the copy that this host has. Writing
// sends the data to the owner. A remote pointer may be a payload or a member
// of one; sending it sends no data.
//
// Thread-safety: as a shared_ptr.
#pragma once

#include <morph/graph/tensor.hpp>
#include <morph/graph/user_node.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/compat/monitor.hpp>
#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/object_store.hpp>

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <cstdint>
#include <utility>

namespace morph {

template <class T>
class remote_ptr {
public:
  remote_ptr() noexcept = default;

  explicit remote_ptr(object_handle x) noexcept : object_(std::move(x)) {
    // nop
  }

  explicit operator bool() const noexcept {
    return static_cast<bool>(object_);
  }

  const object_handle& handle() const noexcept {
    return object_;
  }

  /// Calls `f(const result<T>&)` inside the actor `self`. Errors: MM0604 if
  /// the owner is lost, MM0609 if the object is not there any more.
  template <class Self, class F>
  void read(Self* self, F f) const {
    ask(self, read_object{object_},
        [f](const object_result& x) { f(value_in(x)); });
  }

  /// Calls `f(const result<uint64_t>&)` with the new version.
  template <class Self, class F>
  void write(Self* self, T x, F f) const {
    ask(self, write_object{object_, box(std::move(x))},
        [f](const object_result& y) { f(version_in(y)); });
  }

  void prefetch() const {
    compat::anon_send(object_.store(), prefetch_object{object_});
  }

  /// Reads and waits: for nodes and for threads that are no actors. Throws
  /// `failure`: MM0604 or MM0609 if the owner is gone, MM0609 for null.
  T get() const {
    return unwrap(read_and_wait(system()));
  }

  /// As `get`, for writing; returns the new version.
  uint64_t set(T x) const {
    return unwrap(write_and_wait(system(), std::move(x)));
  }

  /// Reads from a thread that is no actor; waits.
  result<T> read_and_wait(caf::actor_system& sys) const {
    return value_in(wait(sys, read_object{object_}));
  }

  /// Writes from a thread that is no actor; waits for the new version.
  result<uint64_t> write_and_wait(caf::actor_system& sys, T x) const {
    return version_in(wait(sys, write_object{object_, box(std::move(x))}));
  }

private:
  caf::actor_system& system() const {
    if (!object_)
      throw failure{error{errc::stale_pointer, "the remote pointer is null"}};
    return object_.store().home_system();
  }

  /// The store answers in any case: a lost link is an answer too.
  static constexpr auto no_timeout = std::chrono::hours{24};

  static value box(T x) {
    if constexpr (std::is_base_of_v<value, T>)
      return x;
    else
      return make_value<T>(std::move(x));
  }

  static result<T> value_in(const object_result& x) {
    if (x.what.code != errc::none)
      return fail(x.what);
    if (auto* y = x.payload.template get_if<T>())
      return *y;
    return fail(errc::type_mismatch, "the object is of another type");
  }

  static result<uint64_t> version_in(const object_result& x) {
    if (x.what.code != errc::none)
      return fail(x.what);
    return x.version;
  }

  static object_result broken(const caf::error& why) {
    return {{errc::stale_pointer,
             "the store has ended (" + compat::render(why) + ")"},
            {},
            0};
  }

  template <class Self, class Request, class F>
  void ask(Self* self, Request x, F f) const {
    compat::request(self, object_.store(), no_timeout, std::move(x))
      .then([f](const object_result& y) { f(y); },
            [f](const caf::error& why) { f(broken(why)); });
  }

  template <class Request>
  object_result wait(caf::actor_system& sys, Request x) const {
    object_result out;
    caf::scoped_actor self{sys};
    auto answer
      = compat::request(self.ptr(), object_.store(), no_timeout, std::move(x));
    if (!compat::run_until_mail(self))
      return {compat::why_stalled(sys), {}, 0};
    answer.receive([&](object_result& y) { out = std::move(y); },
                   [&](const caf::error& why) { out = broken(why); });
    return out;
  }

  object_handle object_;
};

/// Others may read `x` while it is written: it is left as it is.
template <class T>
bool inspect(byte_writer& f, remote_ptr<T>& x) {
  return f.apply(x.handle());
}

template <class T>
bool inspect(byte_reader& f, remote_ptr<T>& x) {
  object_handle object;
  if (!f.apply(object))
    return false;
  x = remote_ptr<T>{std::move(object)};
  return true;
}

/// Places a value in this host's store.
template <class T>
remote_ptr<T> make_remote(object_store& store, T x) {
  if constexpr (std::is_base_of_v<value, T>)
    return remote_ptr<T>{store.put(std::move(x))};
  else
    return remote_ptr<T>{store.put(make_value<T>(std::move(x)))};
}

/// The same in the store of the host whose node this is; throws `failure`
/// (MM0507) elsewhere.
template <class T>
remote_ptr<T> make_remote(T x) {
  auto* store = object_store::here();
  if (!store)
    throw failure{
      error{errc::infeasible_plan, "there is no store for remote objects here"}
        .remedy("make the object in a node that takes or returns remote "
                "pointers, on an actor runtime, or name a store")};
  return make_remote(*store, std::move(x));
}

/// Nodes may wait for what they point to.
template <class T>
inline constexpr bool may_wait<remote_ptr<T>> = true;

} // namespace morph
