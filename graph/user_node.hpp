// Nodes that users define: a C++ struct with `forward` and, if gradients shall
// flow, `backward`. State lives in the struct; an `inspect` lets it move to
// another host.
//
//   struct huber : morph::node<huber> {
//     double delta = 1.0;
//     morph::tensor forward(const morph::tensor& r) const;
//     morph::tensor backward(const morph::tensor& r,
//                            const morph::tensor& dy) const;
//     template <class F> friend bool inspect(F& f, huber& x) {
//       return f.object(x).fields(f.field("delta", x.delta));
//     }
//   };
//
// `forward` takes values by const reference (tensor or any user type) and
// returns one, or a std::tuple of several. `backward` takes the inputs, then
// one cotangent per output (null: none), and returns one cotangent per input
// (a null tensor: none). A non-const `forward` makes the node stateful: it is
// never cached, skipped or recomputed. So does a remote pointer among its
// arguments or results; such a node may wait, and has a thread of its own. Say
// `static constexpr bool waits = true;` of others that do.
// `output_type(port_type...)` declares the type of the result (port_type or
// std::vector<port_type>) where it is not that of the first input.
//
// Thread-safety: an instance is used by one thread at a time.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>
#include <morph/graph/type.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace morph {

/// The type-erased form of a user's node.
class user_node {
public:
  virtual ~user_node();

  /// Name under which hosts know how to make such a node.
  virtual std::string_view type_name() const noexcept = 0;
  virtual std::unique_ptr<user_node> clone() const = 0;
  virtual size_t num_inputs() const noexcept = 0;
  virtual size_t num_outputs() const noexcept = 0;
  virtual result<std::vector<port_type>> infer(
    std::span<const port_type> in) const = 0;
  virtual result<std::vector<value>> forward(std::span<const value> in) = 0;

  /// What a forward run leaves for the backward of its step besides inputs.
  using residual = std::shared_ptr<const void>;

  /// As `forward`, for a step that has a backward pass.
  virtual result<std::vector<value>> forward_keeping(std::span<const value> in,
                                                     residual& left);

  virtual bool has_backward() const noexcept = 0;

  /// True if equal inputs always give equal outputs.
  virtual bool stateless() const noexcept = 0;

  /// True if it may wait for others while it runs: actor runtimes then give
  /// it a thread of its own.
  virtual bool waits() const noexcept {
    return false;
  }

  /// One cotangent per input; null values mean none.
  virtual result<std::vector<value>> backward(std::span<const value> in,
                                              std::span<const value> cotangents)
    = 0;

  /// As `backward`; `left` is that of the forward run, or null where it was
  /// dropped or the run was answered from a cache.
  virtual result<std::vector<value>> backward_from(
    std::span<const value> in, std::span<const value> cotangents,
    const residual& left);

  virtual bool movable() const noexcept = 0;
  virtual bool save(byte_writer& f) const = 0;
  virtual bool load(byte_reader& f) = 0;
};

using user_node_factory = std::unique_ptr<user_node> (*)();

/// Makes a node type known to this process under `name`.
void register_user_node(std::string name, user_node_factory make);

/// Null if this process does not know the type.
std::unique_ptr<user_node> make_user_node(std::string_view name);

/// Names of all node types that this process can run.
std::vector<std::string> known_user_nodes();

/// True for types whose use may wait for another host, such as remote
/// pointers.
template <class T>
inline constexpr bool may_wait = false;

/// Base of user nodes; see the top of this file.
template <class Derived>
struct node {};

namespace detail {

template <class F>
struct signature;

template <class C, class R, class... Ts>
struct signature<R (C::*)(Ts...)> {
  using result = R;
  using args = std::tuple<std::decay_t<Ts>...>;
  static constexpr bool is_const = false;
};

template <class C, class R, class... Ts>
struct signature<R (C::*)(Ts...) const> : signature<R (C::*)(Ts...)> {
  static constexpr bool is_const = true;
};

template <class C, class R, class... Ts>
struct signature<R (C::*)(Ts...) noexcept> : signature<R (C::*)(Ts...)> {};

template <class C, class R, class... Ts>
struct signature<R (C::*)(Ts...) const noexcept>
  : signature<R (C::*)(Ts...) const> {};

template <class T>
struct is_tuple : std::false_type {};

template <class... Ts>
struct is_tuple<std::tuple<Ts...>> : std::true_type {};

template <class T>
value to_value(T&& x) {
  using type = std::decay_t<T>;
  if constexpr (std::is_base_of_v<value, type>)
    return std::forward<T>(x);
  else
    return make_value<type>(std::forward<T>(x));
}

template <class T>
std::vector<value> to_values(T&& xs) {
  if constexpr (is_tuple<std::decay_t<T>>::value)
    return std::apply(
      [](auto&&... ys) {
        std::vector<value> out;
        (out.push_back(to_value(std::move(ys))), ...);
        return out;
      },
      std::forward<T>(xs));
  else
    return {to_value(std::forward<T>(xs))};
}

/// A payload as the user's function wants it; null cotangents become null
/// tensors.
template <class T>
decltype(auto) from_value(const value& x) {
  if constexpr (std::is_same_v<T, value>)
    return static_cast<const value&>(x);
  else if constexpr (std::is_same_v<T, tensor>)
    return x ? tensor::from(x) : tensor{};
  else
    return static_cast<const T&>(x.get<T>());
}

template <class T>
port_type declared_type() {
  if constexpr (std::is_same_v<T, tensor>)
    return port_type{f32, {}};
  else
    return port_type::opaque(value_type_of<T>().name);
}

/// Makes the types of values known that a function takes or returns.
template <class... Ts>
void know_values(std::type_identity<std::tuple<Ts...>>) {
  [[maybe_unused]] auto one = []<class T>(std::type_identity<T>) {
    if constexpr (!std::is_base_of_v<value, T>)
      value_type_of<T>();
  };
  (one(std::type_identity<std::decay_t<Ts>>{}), ...);
}

/// Also what `F` returns, be it one value or a tuple of them.
template <class F>
void know_values_of() {
  using result = typename signature<F>::result;
  know_values(std::type_identity<typename signature<F>::args>{});
  if constexpr (is_tuple<result>::value)
    know_values(std::type_identity<result>{});
  else
    know_values(std::type_identity<std::tuple<result>>{});
}

template <class... Ts>
constexpr bool any_may_wait(std::type_identity<std::tuple<Ts...>>) {
  return (may_wait<std::decay_t<Ts>> || ...);
}

/// True if a function takes or returns something that one may wait for.
template <class F>
constexpr bool function_may_wait() {
  using result = typename signature<F>::result;
  auto args = any_may_wait(std::type_identity<typename signature<F>::args>{});
  if constexpr (is_tuple<result>::value)
    return args || any_may_wait(std::type_identity<result>{});
  else
    return args || may_wait<result>;
}

template <class T>
constexpr bool node_waits() {
  if constexpr (requires { T::waits; })
    return T::waits;
  else
    return function_may_wait<decltype(&T::forward)>();
}

/// How the state of a user's struct travels.
template <class T>
struct node_state {
  static constexpr bool inspectable
    = requires(byte_writer & f, byte_reader& g, T& x) {
    inspect(f, x);
    inspect(g, x);
  };

  static constexpr bool movable
    = (inspectable || std::is_empty_v<T>)&&std::is_default_constructible_v<T>;

  static bool save(byte_writer& f, const T& x) {
    if constexpr (inspectable)
      return static_cast<bool>(inspect(f, const_cast<T&>(x)));
    else
      return std::is_empty_v<T>;
  }

  static bool load(byte_reader& f, T& x) {
    if constexpr (inspectable)
      return static_cast<bool>(inspect(f, x));
    else
      return std::is_empty_v<T>;
  }
};

/// The types that a struct declares for its outputs; empty: it declares none.
template <class T, size_t... Is>
result<std::vector<port_type>> declared_outputs(const T& x,
                                                std::span<const port_type> in,
                                                std::index_sequence<Is...>) {
  if constexpr (requires { x.output_type(in[Is]...); }) {
    using type = std::decay_t<decltype(x.output_type(in[Is]...))>;
    try {
      if constexpr (std::is_same_v<type, port_type>)
        return std::vector<port_type>{x.output_type(in[Is]...)};
      else
        return std::vector<port_type>(x.output_type(in[Is]...));
    } catch (const failure& e) {
      return fail(e.value());
    }
  } else {
    return std::vector<port_type>{};
  }
}

/// Runs user code; an exception becomes an error value.
result<std::vector<value>> guarded(
  const std::function<std::vector<value>()>& f);

} // namespace detail

/// Wraps a user's struct.
template <class T>
class user_node_model final : public user_node {
public:
  using forward_sig = detail::signature<decltype(&T::forward)>;
  using args = typename forward_sig::args;
  using results = typename forward_sig::result;
  static constexpr size_t arity = std::tuple_size_v<args>;

  static constexpr bool differentiable = requires {
    &T::backward;
  };
  user_node_model() = default;

  explicit user_node_model(T x) : impl_(std::move(x)) {
    // nop
  }

  /// Makes the node's type and the types of its values known to this process.
  static const std::string& registered_name() {
    static const std::string name = [] {
      std::string n = typeid(T).name();
      detail::know_values_of<decltype(&T::forward)>();
      if constexpr (differentiable)
        detail::know_values_of<decltype(&T::backward)>();
      if constexpr (std::is_default_constructible_v<T>)
        register_user_node(n, []() -> std::unique_ptr<user_node> {
          return std::make_unique<user_node_model>();
        });
      return n;
    }();
    return name;
  }

  std::string_view type_name() const noexcept override {
    return registered_name();
  }

  std::unique_ptr<user_node> clone() const override {
    return std::make_unique<user_node_model>(impl_);
  }

  size_t num_inputs() const noexcept override {
    return arity;
  }

  size_t num_outputs() const noexcept override {
    if constexpr (detail::is_tuple<results>::value)
      return std::tuple_size_v<results>;
    else
      return 1;
  }

  result<std::vector<port_type>> infer(
    std::span<const port_type> in) const override {
    return infer(in, std::make_index_sequence<arity>{});
  }

  result<std::vector<value>> forward(std::span<const value> in) override {
    return detail::guarded(
      [&] { return call_forward(in, std::make_index_sequence<arity>{}); });
  }

  bool has_backward() const noexcept override {
    return differentiable;
  }

  bool stateless() const noexcept override {
    return forward_sig::is_const && !detail::node_waits<T>();
  }

  bool waits() const noexcept override {
    return detail::node_waits<T>();
  }

  result<std::vector<value>> backward(
    std::span<const value> in, std::span<const value> cotangents) override {
    if constexpr (differentiable)
      return detail::guarded([&] {
        constexpr auto n = std::tuple_size_v<
          typename detail::signature<decltype(&T::backward)>::args>;
        return call_backward(in, cotangents, std::make_index_sequence<n>{});
      });
    else
      return std::vector<value>(arity);
  }

  bool movable() const noexcept override {
    return detail::node_state<T>::movable;
  }

  bool save(byte_writer& f) const override {
    return detail::node_state<T>::save(f, impl_);
  }

  bool load(byte_reader& f) override {
    return detail::node_state<T>::load(f, impl_);
  }

private:
  template <size_t... Is>
  result<std::vector<port_type>> infer(std::span<const port_type> in,
                                       std::index_sequence<Is...>) const {
    if constexpr (requires { impl_.output_type(in[Is]...); }) {
      return detail::declared_outputs(impl_, in, std::index_sequence<Is...>{});
    } else {
      std::vector<port_type> out;
      auto one = [&]<class R>(std::type_identity<R>) {
        if constexpr (std::is_same_v<R, tensor> || std::is_same_v<R, value>)
          out.push_back(!in.empty() && in[0].is_tensor() ? in[0]
                                                         : port_type{f32, {}});
        else
          out.push_back(detail::declared_type<R>());
      };
      if constexpr (detail::is_tuple<results>::value)
        [&]<class... Rs>(std::type_identity<std::tuple<Rs...>>) {
          (one(std::type_identity<Rs>{}), ...);
        }(std::type_identity<results>{});
      else
        one(std::type_identity<results>{});
      return out;
    }
  }

  template <size_t... Is>
  std::vector<value> call_forward(std::span<const value> in,
                                  std::index_sequence<Is...>) {
    return detail::to_values(impl_.forward(
      detail::from_value<std::tuple_element_t<Is, args>>(in[Is])...));
  }

  template <size_t... Is>
  std::vector<value> call_backward(std::span<const value> in,
                                   std::span<const value> cotangents,
                                   std::index_sequence<Is...>) {
    using types = typename detail::signature<decltype(&T::backward)>::args;
    static_assert(sizeof...(Is) > arity,
                  "backward takes the inputs, then one cotangent per output");
    return detail::to_values(
      impl_.backward(detail::from_value<std::tuple_element_t<Is, types>>(
        Is < arity ? in[Is < arity ? Is : 0]
                   : cotangents[Is < arity ? 0 : Is - arity])...));
  }

  T impl_{};
};

/// What wraps `T` in a graph: its own `T::model_type` if it names one.
template <class T>
struct node_model {
  using type = user_node_model<T>;
};

template <class T>
  requires requires {
    typename T::model_type;
  }

struct node_model<T> {
  using type = typename T::model_type;
};

/// Lets this process run nodes of type `T` that other hosts define, and read
/// the values that they take and return.
template <class T>
void register_node() {
  node_model<T>::type::registered_name();
}

} // namespace morph
