// Named constants of a node: axes, strides, a seed, an initial value.
#pragma once

#include <morph/graph/dtype.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace morph {

using attribute = std::variant<bool, int64_t, double, std::string,
                               std::vector<int64_t>, dtype, tensor>;

/// A small map in ascending order of names.
class attributes {
public:
  using entry = std::pair<std::string, attribute>;

  attributes() = default;
  attributes(std::initializer_list<entry> xs);

  /// Adds or replaces.
  void set(std::string_view name, attribute x);

  /// Null if absent.
  const attribute* find(std::string_view name) const noexcept;

  /// REQUIRES: present with this type; throws `failure` (MM0108) otherwise.
  template <class T>
  const T& get(std::string_view name) const {
    if (auto* x = find(name))
      if (auto* y = std::get_if<T>(x))
        return *y;
    throw_missing(name);
  }

  /// The value, or `fallback` if absent or of another type.
  template <class T>
  T get_or(std::string_view name, T fallback) const {
    if (auto* x = find(name))
      if (auto* y = std::get_if<T>(x))
        return *y;
    return fallback;
  }

  const std::vector<entry>& entries() const noexcept {
    return entries_;
  }

  bool empty() const noexcept {
    return entries_.empty();
  }

  /// Equal names and values; tensors by bits.
  friend bool operator==(const attributes& a, const attributes& b) noexcept;

private:
  [[noreturn]] static void throw_missing(std::string_view name);

  std::vector<entry> entries_;
};

} // namespace morph
