// Makes rows of the table of ops from plain functions of types and tensors.
// What every row must check is checked here, once: the number of inputs, that
// they are tensors, and that nothing is thrown past a kernel.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/op.hpp>

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace morph::ops {

namespace detail {

template <class T>
struct inputs_of;

template <class R, class... Ts>
struct inputs_of<R (*)(Ts...)> {
  static constexpr bool reads_attributes
    = (std::is_same_v<std::remove_cvref_t<Ts>, attributes> || ...);
  static constexpr size_t count = sizeof...(Ts) - (reads_attributes ? 1 : 0);
};

/// Calls `f` with the first inputs, and the attributes if it wants them.
template <class F, class Inputs, class Get>
auto call(F f, const Inputs& in, const attributes& attrs, Get get) {
  return [&]<size_t... Is>(std::index_sequence<Is...>) {
    if constexpr (inputs_of<F>::reads_attributes)
      return f(get(in[Is])..., attrs);
    else
      return f(get(in[Is])...);
  }
  (std::make_index_sequence<inputs_of<F>::count>{});
}

error wrong_number_of_inputs(size_t have);
error not_a_tensor(size_t input);

/// Calls `f`, which returns a result; turns what it throws into an error.
template <class F>
auto guarded(F f) -> decltype(f()) {
  try {
    return f();
  } catch (const failure& x) {
    return fail(x.value());
  } catch (const std::bad_alloc&) {
    return fail(errc::allocation_too_large, "out of memory");
  } catch (const std::exception& x) {
    return fail(errc::node_failed, x.what());
  }
}

/// Stores the result of a kernel with one output.
inline result<void> store(result<tensor> x, std::span<value> out) {
  if (!x)
    return fail(std::move(x.error()));
  out[0] = std::move(*x);
  return {};
}

inline result<std::vector<port_type>> single(result<port_type> x) {
  if (!x)
    return fail(std::move(x.error()));
  return std::vector<port_type>{std::move(*x)};
}

template <class Inputs, class IsTensor>
result<void> check_inputs(const Inputs& in, size_t count, IsTensor is_tensor) {
  if (in.size() < count)
    return fail(wrong_number_of_inputs(in.size()));
  for (size_t i = 0; i < in.size(); ++i)
    if (!is_tensor(in[i]))
      return fail(not_a_tensor(i));
  return {};
}

} // namespace detail

/// The shape rule that is `F`: result<port_type>(const port_type&...,
/// const attributes&).
template <auto F>
result<std::vector<port_type>> rule(types_view in, const attributes& attrs) {
  using inputs = detail::inputs_of<decltype(F)>;
  auto ok = detail::check_inputs(in, inputs::count, [](const port_type& x) {
    return x.is_tensor();
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return detail::guarded([&] {
    return detail::single(detail::call(
      F, in, attrs, [](const port_type& x) -> auto& { return x; }));
  });
}

/// The kernel that is `F`: result<tensor>(const tensor&..., const
/// attributes&), or without attributes.
template <auto F>
result<void> kernel(std::span<const value> in, std::span<value> out,
                    const attributes& attrs) {
  using inputs = detail::inputs_of<decltype(F)>;
  if (in.size() < inputs::count)
    return fail(detail::wrong_number_of_inputs(in.size()));
  for (size_t i = 0; i < inputs::count; ++i)
    if (!tensor::holds(in[i]))
      return fail(detail::not_a_tensor(i));
  return detail::guarded(
    [&] { return detail::store(detail::call(F, in, attrs, as_tensor), out); });
}

/// As `rule` and `kernel`, for functions of any number of inputs, of which
/// there is at least one.
template <auto F>
result<std::vector<port_type>> variadic_rule(types_view in,
                                             const attributes& attrs) {
  auto ok = detail::check_inputs(in, 1, [](const port_type& x) {
    return x.is_tensor();
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return detail::guarded([&] { return detail::single(F(in, attrs)); });
}

template <auto F>
result<void> variadic_kernel(std::span<const value> in, std::span<value> out,
                             const attributes& attrs) {
  auto ok = detail::check_inputs(in, 1, tensor::holds);
  if (!ok)
    return ok;
  return detail::guarded([&] { return detail::store(F(in, attrs), out); });
}

/// Bytes of all tensors of a list.
double bytes_of(types_view types) noexcept;

/// Elements of a tensor.
double elements_of(const port_type& x) noexcept;

/// Cost of `Weight` operations for each element of the result.
template <int Weight>
op_cost per_result(types_view in, types_view out, const attributes&) {
  return {Weight * elements_of(out[0]), bytes_of(in) + bytes_of(out)};
}

/// Cost of `Weight` operations for each element of the first input.
template <int Weight>
op_cost per_input(types_view in, types_view out, const attributes&) {
  return {Weight * elements_of(in[0]), bytes_of(in) + bytes_of(out)};
}

/// Cost of passing on or renaming what is there.
op_cost nothing(types_view in, types_view out, const attributes& attrs);

/// Cost of moving elements without computing.
op_cost moves(types_view in, types_view out, const attributes& attrs);

} // namespace morph::ops
