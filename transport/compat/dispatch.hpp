// Handlers shared by all actors of a kind. A `caf::behavior` is an allocation
// of each actor: 400 bytes with eight handlers, too much where there are as
// many actors as nodes.
//
// Thread-safety: as the CAF calls beneath.
#pragma once

#include <caf/behavior.hpp>
#include <caf/message_view.hpp>
#include <caf/result.hpp>
#include <caf/scheduled_actor.hpp>

#include <type_traits>
#include <typeinfo>
#include <utility>

namespace morph::compat {

using message_handler
  = caf::result<caf::message> (*)(caf::scheduled_actor*, caf::message_view&);

namespace detail {

template <class F>
struct argument_of;

template <class F, class R, class T>
struct argument_of<R (F::*)(T) const> {
  using type = std::remove_cvref_t<T>;
};

/// Calls `f` if `x` is one value of its argument's type.
template <class F>
bool try_handle(caf::type_erased_tuple& x, const std::type_info& type, F& f,
                caf::result<caf::message>& reply) {
  using arg = typename argument_of<decltype(&F::operator())>::type;
  static_assert(caf::type_nr<arg>::value == 0, "not one of CAF's own types");
  if (type != typeid(arg))
    return false;
  auto call = [&](arg& content) {
    if constexpr (std::is_void_v<decltype(f(content))>)
      f(content);
    else
      reply = caf::make_message(f(content));
  };
  if (x.shared()) {
    auto copy = x.get_as<arg>(0);
    call(copy);
  } else {
    call(x.get_mutable_as<arg>(0));
  }
  return true;
}

} // namespace detail

/// Hands a message to the first of `handlers`, each a lambda with one
/// argument, that takes it.
template <class... Fs>
caf::result<caf::message> dispatch(caf::message_view& x, Fs... handlers) {
  caf::result<caf::message> reply{caf::message{}};
  auto& content = x.content();
  if (content.size() == 1)
    if (auto* type = content.type(0).second)
      if ((detail::try_handle(content, *type, handlers, reply) || ...))
        return reply;
  return caf::sec::unexpected_message;
}

/// To be returned as the behavior of an actor that handles everything by `f`.
inline caf::behavior handle_all_by(caf::scheduled_actor* self,
                                   message_handler f) {
  struct never {};

  // An actor without a behavior ends.
  static const caf::behavior nothing{[](never) {}};
  self->set_default_handler(f);
  return nothing;
}

} // namespace morph::compat
