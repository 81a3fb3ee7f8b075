// A value: an immutable, reference-counted payload of any C++ type.
//
// Thread-safety: copying, destroying and reading values from any thread is
// safe; the payload is never changed after construction.
//
// Invariants:
// 1. Sending a value inside a process copies a pointer, never the payload.
// 2. A null value means "none" (no gradient) where a value is expected.
// 3. A type that an inspector accepts can cross hosts; one with `add` can
//    carry gradients. Everything else works inside one process.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace morph {

class value;
struct value_rep;

/// What the runtime knows of a payload's type.
struct value_type {
  /// Identifies the type on the wire; equal in all processes built alike.
  std::string name;
  /// Destroys the payload and frees its memory.
  void (*destroy)(const value_rep*) noexcept = nullptr;
  /// Bytes that the payload holds (an estimate for user types).
  size_t (*bytes)(const value_rep*) noexcept = nullptr;
  /// Serialises the payload; null if the type cannot be inspected.
  bool (*encode)(const value_rep*, byte_writer&) = nullptr;
  /// Inverse of `encode`; returns a null value for malformed input.
  value (*decode)(byte_reader&) = nullptr;
  /// Sums two payloads; null if the type has no `add`.
  result<value> (*add)(const value&, const value&) = nullptr;
};

/// Common head of all payloads.
struct value_rep {
  explicit value_rep(const value_type& t) noexcept : type(&t) {
    // nop
  }

  value_rep(const value_rep&) = delete;
  value_rep& operator=(const value_rep&) = delete;

  mutable std::atomic<uint32_t> refs{1};
  const value_type* type;
};

/// Makes a type known to `decode`. Called by `value_type_of`; returns `row`.
const value_type& register_value_type(const value_type& row);

/// Finds a registered type; null if this process does not know it.
const value_type* find_value_type(std::string_view name) noexcept;

/// Handle to a payload; the size of a pointer.
class value {
public:
  value() noexcept = default;

  value(std::nullptr_t) noexcept {
    // nop
  }

  /// Takes over one reference.
  static value adopt(const value_rep* rep) noexcept {
    value out;
    out.rep_ = rep;
    return out;
  }

  value(const value& x) noexcept : rep_(x.rep_) {
    if (rep_)
      rep_->refs.fetch_add(1, std::memory_order_relaxed);
  }

  value(value&& x) noexcept : rep_(std::exchange(x.rep_, nullptr)) {
    // nop
  }

  value& operator=(value x) noexcept {
    std::swap(rep_, x.rep_);
    return *this;
  }

  ~value() {
    if (rep_ && rep_->refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
      rep_->type->destroy(rep_);
  }

  explicit operator bool() const noexcept {
    return rep_ != nullptr;
  }

  const value_rep* rep() const noexcept {
    return rep_;
  }

  /// REQUIRES: not null.
  const value_type& type() const noexcept {
    return *rep_->type;
  }

  size_t bytes() const noexcept {
    return rep_ ? rep_->type->bytes(rep_) : 0;
  }

  /// True if this handle holds the only reference.
  bool unique() const noexcept {
    return rep_ && rep_->refs.load(std::memory_order_acquire) == 1;
  }

  /// Returns the payload, or null if it is of another type.
  template <class T>
  const T* get_if() const noexcept;

  /// Returns the payload; throws `failure` (MM0106) if it is of another type.
  template <class T>
  const T& get() const;

  /// Identity of the payload, not equality.
  friend bool operator==(const value& a, const value& b) noexcept {
    return a.rep_ == b.rep_;
  }

protected:
  const value_rep* rep_ = nullptr;
};

/// Appends type name and payload; fails with MM0508 if the type cannot travel.
result<void> encode_value(const value& x, byte_writer& f);

/// Inverse of `encode_value`; fails with MM0605 on malformed input and MM0508
/// for a type that this process does not know, or whose `inspect` does not
/// read what is there. Never throws.
result<value> decode_value(byte_reader& f);

/// Sums two values of one type in the given order; null means none.
result<value> add_values(const value& a, const value& b);

namespace detail {

template <class T>
struct box final : value_rep {
  template <class... Ts>
  explicit box(const value_type& t, Ts&&... xs)
    : value_rep(t), payload(std::forward<Ts>(xs)...) {
    // nop
  }

  T payload;
};

template <class T>
concept addable = requires(const T& a, const T& b) {
  { add(a, b) } -> std::convertible_to<T>;
};

template <class T>
concept sized = requires(const T& x) {
  { x.size() } -> std::convertible_to<size_t>;
  typename T::value_type;
};

template <class T>
const T& unbox(const value_rep* rep) noexcept {
  return static_cast<const box<T>*>(rep)->payload;
}

[[noreturn]] void throw_wrong_payload(const char* wanted, const value& have);

template <class T>
value_type make_value_type();

} // namespace detail

/// The type row of a boxed `T`, registered on first use.
template <class T>
const value_type& value_type_of() {
  static const value_type row = detail::make_value_type<T>();
  static const value_type& registered = register_value_type(row);
  return registered;
}

/// Boxes a payload of a user type.
template <class T, class... Ts>
value make_value(Ts&&... xs) {
  return value::adopt(
    new detail::box<T>(value_type_of<T>(), std::forward<Ts>(xs)...));
}

namespace detail {

template <class T>
value_type make_value_type() {
  value_type out;
  out.name = typeid(T).name();
  out.destroy = [](const value_rep* rep) noexcept {
    delete static_cast<const box<T>*>(rep);
  };
  out.bytes = [](const value_rep* rep) noexcept -> size_t {
    if constexpr (sized<T>)
      return sizeof(T) + unbox<T>(rep).size() * sizeof(typename T::value_type);
    else
      return sizeof(T);
  };
  if constexpr (requires(byte_writer & f, byte_reader & g, T & x) {
                  f.apply(x);
                  g.apply(x);
                  T{};
                }) {
    out.encode = [](const value_rep* rep, byte_writer& f) {
      return f.apply(unbox<T>(rep));
    };
    out.decode = [](byte_reader& f) {
      T x{};
      return f.apply(x) ? make_value<T>(std::move(x)) : value{};
    };
  }
  if constexpr (addable<T>)
    out.add = [](const value& a, const value& b) -> result<value> {
      return make_value<T>(add(unbox<T>(a.rep()), unbox<T>(b.rep())));
    };
  return out;
}

} // namespace detail

template <class T>
const T* value::get_if() const noexcept {
  if constexpr (std::is_base_of_v<value, T>)
    return T::holds(*this) ? static_cast<const T*>(this) : nullptr;
  else
    return rep_ && rep_->type == &value_type_of<T>() ? &detail::unbox<T>(rep_)
                                                     : nullptr;
}

template <class T>
const T& value::get() const {
  if (auto* x = get_if<T>())
    return *x;
  detail::throw_wrong_payload(typeid(T).name(), *this);
}

} // namespace morph
