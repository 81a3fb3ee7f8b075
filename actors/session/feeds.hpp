// Values for the inputs of a step, written as `{{x, 2.0}, {t, labels}}`.
#pragma once

#include <morph/graph/graph.hpp>
#include <morph/graph/tensor.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace morph {

/// One value for one input, named by its expression or its name.
class feed {
public:
  template <class T>
  feed(const expr& to, T&& x) : to_(to) {
    set(std::forward<T>(x), to.type().is_tensor() ? to.type().type() : f64);
  }

  template <class T>
  feed(std::string_view to, T&& x) : name_(to) {
    set(std::forward<T>(x), f64);
  }

  /// The input in `g`; throws `failure` (MM0109, MM0110) if there is none.
  expr target(const graph& g) const;

  const value& payload() const noexcept {
    return payload_;
  }

private:
  template <class T>
  void set(T&& x, dtype wanted) {
    using type = std::decay_t<T>;
    if constexpr (std::is_base_of_v<value, type>)
      payload_ = std::forward<T>(x);
    else if constexpr (std::is_arithmetic_v<type>)
      payload_ = tensor::full(wanted, {}, static_cast<double>(x));
    else
      payload_ = make_value<type>(std::forward<T>(x));
  }

  expr to_;
  std::string name_;
  value payload_;
};

using feeds = std::vector<feed>;

} // namespace morph
