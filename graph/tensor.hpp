// A dense, row-major tensor; a value like any other. Elements are aligned to 64
// bytes, or to 16 if they are no more than 16 bytes.
//
// Thread-safety: as `value`. Elements may be written only through `mutable_*`
// by the one who has just made the tensor and not yet shared it.
#pragma once

#include <morph/graph/dtype.hpp>
#include <morph/graph/shape.hpp>
#include <morph/graph/value.hpp>

#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace morph {

/// Payload of a tensor. Elements follow the head in the same allocation, or
/// live in memory that an owner keeps alive, who is then what follows.
struct tensor_rep : value_rep {
  tensor_rep(dtype t, const shape& s, size_t n, std::byte* p, bool is_view);

  dtype type_of_elements;
  bool view;
  morph::shape extents;
  size_t num_bytes;
  std::byte* data;
};

/// Live and peak bytes of all tensors of this process; relaxed counters.
struct tensor_memory {
  uint64_t live = 0;
  uint64_t peak = 0;
};

/// Reads the counters.
tensor_memory tensor_memory_stats() noexcept;

/// Sets the peak to what is live now.
void reset_tensor_memory_peak() noexcept;

class tensor : public value {
public:
  /// Bytes of one tensor are bounded: 1 TiB.
  static constexpr uint64_t max_bytes = uint64_t{1} << 40;

  /// A null handle ("none").
  tensor() noexcept = default;

  /// A rank-0 f64 tensor.
  tensor(double x);

  /// A rank-0 tensor of any element type.
  template <class T>
  static tensor scalar(T x) {
    tensor out = uninitialised(dtype_v<T>, morph::shape{});
    *out.mutable_data<T>() = x;
    return out;
  }

  /// Allocates without filling. Throws `failure` (MM0304) if the shape is
  /// dynamic or too large.
  static tensor uninitialised(dtype t, const morph::shape& s);

  static tensor zeros(dtype t, const morph::shape& s);

  /// All elements equal to `x`, converted to `t`.
  static tensor full(dtype t, const morph::shape& s, double x);

  /// Copies `xs`. Throws `failure` (MM0107) if their number does not fit.
  template <class T>
  static tensor of(const morph::shape& s, std::span<const T> xs) {
    tensor out = uninitialised(dtype_v<T>, s);
    out.check_count(xs.size());
    if (!xs.empty())
      std::memcpy(out.mutable_bytes(), xs.data(), xs.size() * sizeof(T));
    return out;
  }

  template <class T>
  static tensor of(const morph::shape& s, std::initializer_list<T> xs) {
    return of<T>(s, std::span<const T>{xs.begin(), xs.size()});
  }

  template <class T>
  static tensor of(const morph::shape& s, const std::vector<T>& xs) {
    return of<T>(s, std::span<const T>{xs.data(), xs.size()});
  }

  /// Refers to elements in memory that `owner` keeps alive. REQUIRES: `data`
  /// holds `s.elements()` elements, suitably aligned, never written again.
  static tensor view(dtype t, const morph::shape& s, const std::byte* data,
                     std::shared_ptr<const void> owner);

  /// True if `x` is a tensor (and not null).
  static bool holds(const value& x) noexcept;

  /// The tensor in `x`; throws `failure` (MM0106) if it is something else.
  static tensor from(const value& x);

  dtype type() const noexcept {
    return rep()->type_of_elements;
  }

  const morph::shape& shape() const noexcept {
    return rep()->extents;
  }

  size_t rank() const noexcept {
    return rep()->extents.rank();
  }

  int64_t elements() const noexcept {
    return static_cast<int64_t>(rep()->num_bytes / size_of(type()));
  }

  size_t size_bytes() const noexcept {
    return rep()->num_bytes;
  }

  std::span<const std::byte> raw() const noexcept {
    return {rep()->data, rep()->num_bytes};
  }

  /// REQUIRES: `T` is the element type.
  template <class T>
  const T* data() const noexcept {
    return reinterpret_cast<const T*>(rep()->data);
  }

  template <class T>
  std::span<const T> span() const noexcept {
    return {data<T>(), static_cast<size_t>(elements())};
  }

  /// REQUIRES: this tensor is not shared yet.
  template <class T>
  T* mutable_data() noexcept {
    return reinterpret_cast<T*>(rep()->data);
  }

  std::byte* mutable_bytes() noexcept {
    return rep()->data;
  }

  /// The only element, converted. Throws `failure` (MM0107) if there are more
  /// or fewer.
  double item() const;

  /// The same elements under another shape; no copy.
  /// REQUIRES: equal numbers of elements.
  tensor reshaped(const morph::shape& s) const;

  /// Equal dtype, shape and bit patterns (so NaN equals itself, -0 not 0).
  bool bit_equal(const tensor& other) const noexcept;

  const tensor_rep* rep() const noexcept {
    return static_cast<const tensor_rep*>(rep_);
  }

private:
  void check_count(size_t n) const;
};

/// Reinterprets a value known to be a tensor. REQUIRES: tensor::holds(x).
inline const tensor& as_tensor(const value& x) noexcept {
  static_assert(sizeof(tensor) == sizeof(value));
  return static_cast<const tensor&>(x);
}

/// `f32[2, 3] {1, 2, 3, ...}` with at most `limit` elements.
std::string to_string(const tensor& x, size_t limit = 8);

/// Elementwise sum of equal shapes and types; used to accumulate gradients.
result<tensor> add_tensors(const tensor& a, const tensor& b);

/// The type row of tensors.
const value_type& tensor_value_type();

/// Inspectors may hold tensors: dtype, rank, extents, raw bytes.
bool inspect(byte_writer& f, tensor& x);
bool inspect(byte_reader& f, tensor& x);

} // namespace morph
