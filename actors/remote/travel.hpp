// Which functions can run as branches on other hosts, and how what they take
// and return becomes bytes.
//
// Only plain functions travel: a pointer to one stands for the same code in
// every process. Numbers, strings, containers of such, tensors and whatever has
// an `inspect` may be taken and returned.
//
// Thread-safety: free functions and constants.
#pragma once

#include <morph/actors/task/branch.hpp>
#include <morph/graph/codec.hpp>
#include <morph/graph/tensor.hpp>
#include <morph/graph/type_name.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace morph::tasks {

/// True if a `T` can be written by one process and read by another.
template <class T>
inline constexpr bool can_cross
  = detail::raw_number<
      T> || std::is_same_v<T, std::string> || std::is_same_v<T, value> || std::is_same_v<T, tensor> || (std::is_default_constructible_v<T> && inspectable<byte_writer, T> && inspectable<byte_reader, T>);

template <class T>
inline constexpr bool can_cross<std::vector<T>> = can_cross<T>;

template <class T, size_t N>
inline constexpr bool can_cross<std::array<T, N>> = can_cross<T>;

template <class T>
inline constexpr bool can_cross<std::optional<T>> = can_cross<T>;

template <class A, class B>
inline constexpr bool can_cross<std::pair<A, B>> = can_cross<A>&& can_cross<B>;

template <class K, class V>
inline constexpr bool can_cross<std::map<K, V>> = can_cross<K>&& can_cross<V>;

/// Throws `failure` (MM0508) for a value that cannot travel after all.
template <class T>
void write_one(byte_writer& f, const T& x) {
  if constexpr (std::is_base_of_v<value, T>)
    unwrap(encode_value(x, f));
  else if (!f.apply(x))
    throw failure{
      {errc::not_serialisable,
       "'inspect' of type '" + readable_type(typeid(T).name()) + "' failed"}};
}

template <class T>
result<void> read_one(byte_reader& f, T& x) {
  if constexpr (std::is_base_of_v<value, T>) {
    auto y = decode_value(f);
    if (!y)
      return fail(std::move(y.error()));
    if constexpr (std::is_same_v<T, value>)
      x = std::move(*y);
    else if (*y && !T::holds(*y))
      return fail(errc::type_mismatch, "the sender wrote another type");
    else if (*y)
      x = T::from(*y);
    return {};
  } else {
    if (f.apply(x))
      return {};
    return fail(error{errc::not_serialisable,
                      "a value of type '" + readable_type(typeid(T).name())
                        + "' cannot be read"}
                  .remedy("build all processes from the same sources"));
  }
}

template <class R, class... Ts>
struct function_parts {
  using result = R;
  using arguments = std::tuple<std::decay_t<Ts>...>;

  static constexpr bool arguments_cross = (can_cross<std::decay_t<Ts>> && ...);
  static constexpr bool result_crosses = [] {
    if constexpr (std::is_void_v<R>)
      return true;
    else
      return can_cross<R>;
  }();

  /// The first type that stays here; empty if all can go.
  static std::string stays() {
    std::string out;
    [[maybe_unused]] auto look = [&out]<class T>(std::type_identity<T>) {
      if (out.empty() && !can_cross<T>)
        out = readable_type(typeid(T).name());
    };
    (look(std::type_identity<std::decay_t<Ts>>{}), ...);
    if constexpr (!std::is_void_v<R>)
      look(std::type_identity<R>{});
    return out;
  }
};

/// What a function takes besides its context, and returns.
template <class F>
struct parts_of {
  using none = void; // no plain function
};

template <class R, class... Ts>
struct parts_of<R (*)(Ts...)>
  : function_parts<typename result_of<std::remove_cvref_t<R>>::type, Ts...> {};

template <class R, class... Ts>
struct parts_of<R (*)(context&, Ts...)>
  : function_parts<typename result_of<std::remove_cvref_t<R>>::type, Ts...> {};

template <class R, class... Ts>
struct parts_of<R (*)(Ts...) noexcept> : parts_of<R (*)(Ts...)> {};

template <class F>
inline constexpr bool is_plain_function = requires {
  typename parts_of<F>::arguments;
};

/// True if branches of `F` can run on other hosts.
template <class F>
inline constexpr bool travels = [] {
  if constexpr (is_plain_function<F>)
    return parts_of<F>::arguments_cross && parts_of<F>::result_crosses;
  else
    return false;
}();

/// The error of a branch that cannot go where it is pinned; known functions
/// have a name.
error cannot_travel(const std::string& function, const std::string& stays);
error not_registered(const std::string& type);
error no_plain_function(const std::string& type);

/// Why branches of `F` stay in this process.
template <class F>
error why_it_stays() {
  auto type = readable_type(typeid(F).name());
  if constexpr (!is_plain_function<F>)
    return no_plain_function(type);
  else if constexpr (!travels<F>)
    return cannot_travel(type, parts_of<F>::stays());
  else
    return not_registered(type);
}

} // namespace morph::tasks
