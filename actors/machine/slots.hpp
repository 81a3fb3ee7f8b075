// What a node holds at its ports, a value and a version at each: two arrays
// that follow their head in one allocation. There are as many heads as nodes,
// so what a step touches decides how many nodes fit a cache.
//
// Thread-safety: none.
#pragma once

#include <morph/graph/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace morph {

/// How many places there are of each kind.
struct port_counts {
  uint32_t inputs = 0;
  uint32_t outputs = 0;
  uint32_t answers = 0; ///< Out-edges by which cotangents come.

  size_t values() const noexcept {
    return size_t{inputs} + outputs + answers;
  }

  size_t versions() const noexcept {
    return size_t{inputs} + answers;
  }
};

struct free_slots {
  template <class Head>
  void operator()(Head* x) const noexcept {
    auto values = x->values();
    std::destroy(values.begin(), values.end());
    x->~Head();
    ::operator delete(x);
  }
};

/// Base of a head; made by `make` alone.
template <class Head>
class slots {
public:
  using pointer = std::unique_ptr<Head, free_slots>;

  slots(const slots&) = delete;
  slots& operator=(const slots&) = delete;

  /// Makes a head with null values and versions 0.
  static pointer make(const port_counts& n) {
    static_assert(sizeof(Head) % alignof(value) == 0
                  && alignof(value) == alignof(uint64_t));
    auto bytes = sizeof(Head) + n.values() * sizeof(value)
                 + n.versions() * sizeof(uint64_t);
    auto* head = new (::operator new(bytes)) Head;
    head->counts_ = n;
    auto values = head->values();
    std::uninitialized_value_construct(values.begin(), values.end());
    auto versions = head->versions();
    std::uninitialized_value_construct(versions.begin(), versions.end());
    return pointer{head};
  }

  std::span<value> values() noexcept {
    return {first_value(), counts_.values()};
  }

  std::span<value> in() noexcept {
    return {first_value(), counts_.inputs};
  }

  std::span<value> out() noexcept {
    return {first_value() + counts_.inputs, counts_.outputs};
  }

  std::span<value> cotangents() noexcept {
    return {first_value() + counts_.inputs + counts_.outputs, counts_.answers};
  }

  std::span<uint64_t> versions() noexcept {
    auto* after = first_value() + counts_.values();
    return {reinterpret_cast<uint64_t*>(after), counts_.versions()};
  }

  std::span<uint64_t> in_versions() noexcept {
    return versions().first(counts_.inputs);
  }

  std::span<uint64_t> cotangent_versions() noexcept {
    return versions().subspan(counts_.inputs);
  }

protected:
  slots() = default;
  ~slots() = default;

private:
  value* first_value() noexcept {
    return reinterpret_cast<value*>(static_cast<Head*>(this) + 1);
  }

  port_counts counts_;
};

} // namespace morph
