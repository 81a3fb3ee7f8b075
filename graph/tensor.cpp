#include <morph/graph/tensor.hpp>
#include <morph/graph/tensor_pool.hpp>

#include <sstream>

namespace morph {

namespace {

using owner_pointer = std::shared_ptr<const void>;

// A head with an owner or with the elements of a scalar fills two cache lines.
constexpr size_t small_bytes = 16;
constexpr size_t head_bytes = 128;
static_assert(sizeof(tensor_rep) + small_bytes <= head_bytes
              && sizeof(tensor_rep) + sizeof(owner_pointer) <= head_bytes
              && sizeof(tensor_rep) % small_bytes == 0);

size_t allocated_bytes(size_t elements) noexcept {
  return elements <= small_bytes ? head_bytes : head_bytes + elements;
}

owner_pointer* owner_of(tensor_rep* x) noexcept {
  return reinterpret_cast<owner_pointer*>(x + 1);
}

std::atomic<uint64_t> live_bytes{0};
std::atomic<uint64_t> peak_bytes{0};

void count_allocation(size_t n) noexcept {
  auto now = live_bytes.fetch_add(n, std::memory_order_relaxed) + n;
  auto peak = peak_bytes.load(std::memory_order_relaxed);
  while (
    now > peak
    && !peak_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed))
    ; // retry
}

void destroy_tensor(const value_rep* rep) noexcept {
  auto* x = const_cast<tensor_rep*>(static_cast<const tensor_rep*>(rep));
  auto n = x->view ? 0 : x->num_bytes;
  if (n > 0)
    live_bytes.fetch_sub(n, std::memory_order_relaxed);
  if (x->view)
    std::destroy_at(owner_of(x));
  x->~tensor_rep();
  tensor_pool::release(x, allocated_bytes(n));
}

size_t tensor_bytes(const value_rep* rep) noexcept {
  return static_cast<const tensor_rep*>(rep)->num_bytes;
}

bool encode_tensor(const value_rep* rep, byte_writer& f) {
  auto* x = static_cast<const tensor_rep*>(rep);
  f.apply(static_cast<uint8_t>(x->type_of_elements));
  f.apply(static_cast<uint8_t>(x->extents.rank()));
  for (auto n : x->extents)
    f.apply(n);
  f.raw(x->data, x->num_bytes);
  return true;
}

value decode_tensor(byte_reader& f) {
  uint8_t number = 0;
  uint8_t rank = 0;
  if (!f.apply(number) || !f.apply(rank))
    return {};
  auto t = dtype_from_wire(number);
  if (!t || rank > shape::max_rank)
    return {};
  shape s;
  uint64_t bytes = size_of(*t);
  bool empty = false;
  for (uint8_t i = 0; i < rank; ++i) {
    int64_t n = 0;
    if (!f.apply(n) || n < 0)
      return {};
    s.push_back(n);
    empty = empty || n == 0;
  }
  // The elements follow, so what is left bounds the product; the other extents
  // of an empty tensor are bounded by what a tensor may be.
  auto limit = empty ? tensor::max_bytes : f.remaining();
  for (auto n : s) {
    if (n == 0)
      continue;
    if (static_cast<uint64_t>(n) > limit / bytes)
      return {};
    bytes *= static_cast<uint64_t>(n);
  }
  if (empty)
    bytes = 0;
  if (bytes > f.remaining())
    return {};
  auto out = tensor::uninitialised(*t, s);
  if (!f.raw(out.mutable_bytes(), bytes))
    return {};
  return out;
}

result<value> add_as_tensors(const value& a, const value& b) {
  auto x = add_tensors(as_tensor(a), as_tensor(b));
  if (!x)
    return fail(std::move(x.error()));
  return value{std::move(*x)};
}

} // namespace

const value_type& tensor_value_type() {
  static const value_type row{"tensor",      destroy_tensor, tensor_bytes,
                              encode_tensor, decode_tensor,  add_as_tensors};
  static const value_type& registered = register_value_type(row);
  return registered;
}

namespace {

// The row must be known before the first tensor arrives from outside.
[[maybe_unused]] const value_type& registered_early = tensor_value_type();

} // namespace

tensor_rep::tensor_rep(dtype t, const morph::shape& s, size_t n, std::byte* p,
                       bool is_view)
  : value_rep(tensor_value_type()), type_of_elements(t), view(is_view),
    extents(s), num_bytes(n), data(p) {
  // nop
}

tensor_memory tensor_memory_stats() noexcept {
  return {live_bytes.load(std::memory_order_relaxed),
          peak_bytes.load(std::memory_order_relaxed)};
}

void reset_tensor_memory_peak() noexcept {
  peak_bytes.store(live_bytes.load(std::memory_order_relaxed),
                   std::memory_order_relaxed);
}

tensor::tensor(double x) : tensor(scalar(x)) {
  // nop
}

tensor tensor::uninitialised(dtype t, const morph::shape& s) {
  uint64_t bytes = size_of(t);
  for (auto n : s) {
    if (n < 0)
      throw failure{
        error{errc::allocation_too_large,
              "a tensor needs a static shape, not " + to_string(s)}};
    if (n > 0 && bytes > max_bytes / static_cast<uint64_t>(n))
      throw failure{
        error{errc::allocation_too_large, "a tensor of shape " + to_string(s)
                                            + " would be larger than 1 TiB"}};
    bytes *= static_cast<uint64_t>(n);
  }
  auto* memory
    = static_cast<std::byte*>(tensor_pool::allocate(allocated_bytes(bytes)));
  if (bytes > 0)
    count_allocation(bytes);
  auto* data
    = memory + (bytes <= small_bytes ? sizeof(tensor_rep) : head_bytes);
  tensor out;
  out.rep_ = new (memory) tensor_rep(t, s, bytes, data, false);
  return out;
}

tensor tensor::zeros(dtype t, const morph::shape& s) {
  auto out = uninitialised(t, s);
  std::memset(out.mutable_bytes(), 0, out.size_bytes());
  return out;
}

tensor tensor::full(dtype t, const morph::shape& s, double x) {
  auto out = uninitialised(t, s);
  visit_dtype(t, [&](auto zero) {
    using type = decltype(zero);
    std::fill_n(out.mutable_data<type>(), out.elements(), static_cast<type>(x));
  });
  return out;
}

tensor tensor::view(dtype t, const morph::shape& s, const std::byte* data,
                    std::shared_ptr<const void> owner) {
  auto bytes = static_cast<size_t>(s.elements()) * size_of(t);
  auto* memory = tensor_pool::allocate(head_bytes);
  tensor out;
  auto* rep
    = new (memory) tensor_rep(t, s, bytes, const_cast<std::byte*>(data), true);
  new (owner_of(rep)) owner_pointer(std::move(owner));
  out.rep_ = rep;
  return out;
}

bool tensor::holds(const value& x) noexcept {
  return x && &x.type() == &tensor_value_type();
}

tensor tensor::from(const value& x) {
  if (!holds(x))
    detail::throw_wrong_payload("tensor", x);
  return as_tensor(x);
}

double tensor::item() const {
  if (!*this || elements() != 1)
    throw failure{error{errc::shape_mismatch,
                        *this ? "item() needs one element, the shape is "
                                  + to_string(shape())
                              : std::string{"item() of a null tensor"}}};
  return visit_dtype(type(), [&](auto zero) {
    return static_cast<double>(*data<decltype(zero)>());
  });
}

tensor tensor::reshaped(const morph::shape& s) const {
  if (s.elements() != elements())
    throw failure{
      error{errc::shape_mismatch,
            "cannot view " + to_string(shape()) + " as " + to_string(s)}};

  struct keep_alive {
    value held;
  };

  return view(type(), s, rep()->data,
              std::make_shared<keep_alive>(keep_alive{*this}));
}

bool tensor::bit_equal(const tensor& other) const noexcept {
  if (!*this || !other)
    return !*this && !other;
  return type() == other.type() && shape() == other.shape()
         && (size_bytes() == 0
             || std::memcmp(rep()->data, other.rep()->data, size_bytes()) == 0);
}

void tensor::check_count(size_t n) const {
  if (static_cast<int64_t>(n) != elements())
    throw failure{error{errc::shape_mismatch,
                        std::to_string(n) + " elements do not fill the shape "
                          + to_string(shape())}};
}

std::string to_string(const tensor& x, size_t limit) {
  if (!x)
    return "none";
  std::ostringstream out;
  out.precision(9);
  out << to_string(x.type()) << to_string(x.shape()) << " {";
  visit_dtype(x.type(), [&](auto zero) {
    using type = decltype(zero);
    auto xs = x.span<type>();
    for (size_t i = 0; i < xs.size() && i < limit; ++i) {
      if (i > 0)
        out << ", ";
      if constexpr (sizeof(type) == 1)
        out << static_cast<int>(xs[i]);
      else
        out << xs[i];
    }
    if (xs.size() > limit)
      out << ", ...";
  });
  out << '}';
  return out.str();
}

result<tensor> add_tensors(const tensor& a, const tensor& b) {
  if (a.type() != b.type() || !(a.shape() == b.shape()))
    return fail(errc::shape_mismatch,
                "cannot add " + std::string{to_string(a.type())}
                  + to_string(a.shape()) + " and "
                  + std::string{to_string(b.type())} + to_string(b.shape()));
  auto out = tensor::uninitialised(a.type(), a.shape());
  visit_dtype(a.type(), [&](auto zero) {
    using type = decltype(zero);
    auto* x = a.data<type>();
    auto* y = b.data<type>();
    auto* z = out.mutable_data<type>();
    for (int64_t i = 0, n = a.elements(); i < n; ++i)
      z[i] = static_cast<type>(x[i] + y[i]);
  });
  return out;
}

bool inspect(byte_writer& f, tensor& x) {
  return f.apply(static_cast<bool>(x)) && (!x || encode_tensor(x.rep(), f));
}

bool inspect(byte_reader& f, tensor& x) {
  bool has = false;
  if (!f.apply(has))
    return false;
  x = tensor{};
  if (has) {
    auto y = decode_tensor(f);
    if (!y)
      return f.reject();
    x = as_tensor(y);
  }
  return true;
}

} // namespace morph
