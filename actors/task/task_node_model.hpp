// What stands for a `task_node` in a graph.
//
// Thread-safety: as `user_node`.
// Invariants:
// 1. Forward runs the task to its end, all branches included.
// 2. In a step with a backward pass the path is kept as the residual of that
//    step; where it was dropped, backward runs the task again, which takes the
//    same path.
#pragma once

#include <morph/actors/task/inline_tasks.hpp>
#include <morph/actors/task/run.hpp>
#include <morph/actors/task/tasks_here.hpp>
#include <morph/autodiff/path/gradients.hpp>
#include <morph/graph/user_node.hpp>

#include <array>
#include <tuple>
#include <type_traits>

namespace morph {

namespace tasks {

template <class F>
struct run_signature;

template <class C, class R, class... Ts>
struct run_signature<task<R> (C::*)(context&, Ts...) const> {
  using result = R;
  using args = std::tuple<std::decay_t<Ts>...>;
};

/// The results of a task, however it returns them.
inline void collect(std::vector<traced>& out, traced x) {
  out.push_back(std::move(x));
}

template <class T>
void collect(std::vector<traced>& out, T x) {
  out.emplace_back(detail::to_value(std::move(x)));
}

template <class T, size_t N>
void collect(std::vector<traced>& out, std::array<T, N> xs) {
  for (auto& x : xs)
    collect(out, std::move(x));
}

template <class... Ts>
void collect(std::vector<traced>& out, std::tuple<Ts...> xs) {
  std::apply([&](auto&... x) { (collect(out, std::move(x)), ...); }, xs);
}

template <class T>
inline constexpr size_t count_of = 1;

template <class T, size_t N>
inline constexpr size_t count_of<std::array<T, N>> = N;

template <class... Ts>
inline constexpr size_t count_of<std::tuple<Ts...>> = sizeof...(Ts);

/// An argument as the task wants it.
template <class T>
T argument(const traced& x) {
  if constexpr (std::is_same_v<T, traced>)
    return x;
  else
    return detail::from_value<T>(x.get());
}

/// What a node's task did.
struct node_path {
  std::vector<traced> inputs; ///< Leaves where gradients may flow.
  std::vector<traced> outputs;

  std::vector<value> results() const;

  /// One cotangent per input, null where there is none.
  std::vector<value> pull(std::span<const value> cotangents) const;
};

/// The error of a branch as that of the node whose branch it is: the node's own
/// name and place are for its machine to tell.
error as_node_error(error e);

/// The type of the first input that is a tensor; of the first if none is.
port_type first_tensor(std::span<const port_type> in);

/// Inputs of a node as leaves and constants.
std::vector<traced> as_leaves(std::span<const value> in,
                              std::span<const bool> traces);

} // namespace tasks

template <class T>
class task_node_model final : public user_node {
public:
  using signature = tasks::run_signature<decltype(&T::run)>;
  using args = typename signature::args;
  using results = typename signature::result;
  static constexpr size_t arity = std::tuple_size_v<args>;

  task_node_model() = default;

  explicit task_node_model(T x) : impl_(std::move(x)) {
    // nop
  }

  static const std::string& registered_name() {
    static const std::string name = [] {
      std::string n = typeid(T).name();
      know_arguments(std::type_identity<args>{});
      if constexpr (std::is_default_constructible_v<T>)
        register_user_node(n, []() -> std::unique_ptr<user_node> {
          return std::make_unique<task_node_model>();
        });
      return n;
    }();
    return name;
  }

  std::string_view type_name() const noexcept override {
    return registered_name();
  }

  std::unique_ptr<user_node> clone() const override {
    return std::make_unique<task_node_model>(impl_);
  }

  size_t num_inputs() const noexcept override {
    return arity;
  }

  size_t num_outputs() const noexcept override {
    return tasks::count_of<results>;
  }

  result<std::vector<port_type>> infer(
    std::span<const port_type> in) const override {
    auto out
      = detail::declared_outputs(impl_, in, std::make_index_sequence<arity>{});
    if (out && out->empty())
      out->assign(num_outputs(), tasks::first_tensor(in));
    return out;
  }

  result<std::vector<value>> forward(std::span<const value> in) override {
    auto path = run(in);
    if (!path)
      return fail(std::move(path.error()));
    return path->results();
  }

  result<std::vector<value>> forward_keeping(std::span<const value> in,
                                             residual& left) override {
    auto path = run(in);
    if (!path)
      return fail(std::move(path.error()));
    auto out = path->results();
    left = std::make_shared<const tasks::node_path>(std::move(*path));
    return out;
  }

  bool has_backward() const noexcept override {
    return has_traced(std::type_identity<args>{});
  }

  bool stateless() const noexcept override {
    return true;
  }

  bool waits() const noexcept override {
    return true;
  }

  result<std::vector<value>> backward(
    std::span<const value> in, std::span<const value> cotangents) override {
    auto path = run(in);
    if (!path)
      return fail(std::move(path.error()));
    return path->pull(cotangents);
  }

  result<std::vector<value>> backward_from(std::span<const value> in,
                                           std::span<const value> cotangents,
                                           const residual& left) override {
    if (!left)
      return backward(in, cotangents);
    return static_cast<const tasks::node_path*>(left.get())->pull(cotangents);
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
  template <class... Ts>
  static void know_arguments(std::type_identity<std::tuple<Ts...>>) {
    (know<Ts>(), ...);
  }

  template <class A>
  static void know() {
    if constexpr (!std::is_same_v<A, traced>)
      detail::know_values(std::type_identity<std::tuple<A>>{});
  }

  template <class... Ts>
  static constexpr bool has_traced(std::type_identity<std::tuple<Ts...>>) {
    return (std::is_same_v<Ts, traced> || ...);
  }

  result<tasks::node_path> run(std::span<const value> in) const {
    return run(in, std::make_index_sequence<arity>{});
  }

  template <size_t... Is>
  result<tasks::node_path> run(std::span<const value> in,
                               std::index_sequence<Is...>) const {
    constexpr std::array<bool, arity> traces{
      std::is_same_v<std::tuple_element_t<Is, args>, traced>...};
    tasks::node_path out;
    out.inputs = tasks::as_leaves(in, traces);
    args given{
      tasks::argument<std::tuple_element_t<Is, args>>(out.inputs[Is])...};
    auto body
      = [&](context& self) { return impl_.run(self, std::get<Is>(given)...); };
    auto run_on = [&](task_runtime& rt) { return try_run(rt, body); };
    inline_tasks alone;
    auto* here = tasks::here();
    auto x = run_on(here ? *here : alone);
    if (!x)
      return fail(tasks::as_node_error(std::move(x.error())));
    tasks::collect(out.outputs, std::move(*x));
    return out;
  }

  T impl_{};
};

} // namespace morph
