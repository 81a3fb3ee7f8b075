#include <morph/transport/wire/frame.hpp>

#include <exception>

namespace morph::wire {

namespace {

template <byte_codec F>
bool inspect(F& f, unchanged& x) {
  return f(x.to, x.port, x.step, x.version, x.flags);
}

template <byte_codec F>
bool inspect(F& f, forget& x) {
  return f(x.to, x.port);
}

template <byte_codec F>
bool inspect(F& f, forget_all& x) {
  return f(x.deployment);
}

template <byte_codec F>
bool inspect(F& f, chunk& x) {
  return f(x.transfer, x.offset, x.bytes);
}

template <byte_codec F>
bool inspect(F& f, ack& x) {
  return f(x.bytes);
}

template <byte_codec F>
bool inspect(F& f, goodbye& x) {
  return apply_error(f, x.why);
}

bool inspect(byte_writer& f, announcement& x) {
  auto is_tensor = x.as == announcement::form::tensor;
  f(x.transfer, x.bytes, x.as,
    is_tensor ? static_cast<uint8_t>(x.type) : uint8_t{0},
    static_cast<uint8_t>(x.extents.rank()));
  for (auto n : x.extents)
    f.apply(n);
  return true;
}

/// True if a tensor of this type and shape has exactly so many bytes.
bool fits(dtype t, const shape& s, uint64_t bytes) {
  uint64_t size = size_of(t);
  for (auto n : s) {
    if (n <= 0 || size > bytes / static_cast<uint64_t>(n))
      return false;
    size *= static_cast<uint64_t>(n);
  }
  return size == bytes;
}

bool inspect(byte_reader& f, announcement& x) {
  uint8_t type = 0;
  uint8_t rank = 0;
  if (!f(x.transfer, x.bytes, x.as, type, rank)
      || x.as > announcement::form::tensor || rank > shape::max_rank)
    return f.reject();
  for (uint8_t i = 0; i < rank; ++i) {
    int64_t n = 0;
    if (!f.apply(n))
      return false;
    x.extents.push_back(n);
  }
  if (x.as == announcement::form::encoded)
    return (rank == 0 && type == 0) || f.reject();
  auto t = dtype_from_wire(type);
  if (!t || !fits(*t, x.extents, x.bytes))
    return f.reject();
  x.type = *t;
  return true;
}

bool has_payload(const forward& x) {
  return static_cast<bool>(x.payload);
}

bool has_payload(const backward& x) {
  return static_cast<bool>(x.cotangent);
}

bool has_payload(const control& x) {
  return !x.body.empty();
}

bool has_payload(const control_reply& x) {
  return !x.body.empty();
}

template <class T>
bool inspect(byte_writer& f, announced<T>& x) {
  return inspect(f, x.message) && inspect(f, x.what);
}

template <class T>
bool inspect(byte_reader& f, announced<T>& x) {
  if (!inspect(f, x.message) || !inspect(f, x.what))
    return false;
  // Only values can be announced as tensors.
  constexpr auto is_value
    = std::is_same_v<T, forward> || std::is_same_v<T, backward>;
  return (!has_payload(x.message)
          && (is_value || x.what.as == announcement::form::encoded))
         || f.reject();
}

/// The kinds are numbered as the alternatives of `payload`.
template <class T, class... Ts>
constexpr uint8_t index_in(std::type_identity<std::variant<Ts...>>) {
  uint8_t i = 0;
  uint8_t found = 0;
  ((++i, found = std::is_same_v<T, Ts> ? i : found), ...);
  return found;
}

template <class T>
constexpr uint8_t kind_of = index_in<T>(std::type_identity<payload>{});

static_assert(kind_of<forward> == static_cast<uint8_t>(kind::forward));
static_assert(kind_of<unchanged> == static_cast<uint8_t>(kind::unchanged));
static_assert(kind_of<goodbye> == static_cast<uint8_t>(kind::goodbye));
static_assert(
  kind_of<announced<
    control_reply>> == static_cast<uint8_t>(kind::announced_control_reply));

template <size_t I>
bool get_body(byte_reader& f, uint8_t number, payload& out) {
  if constexpr (I < std::variant_size_v<payload>) {
    if (number != I + 1)
      return get_body<I + 1>(f, number, out);
    return inspect(f, out.emplace<I>());
  } else {
    return f.reject();
  }
}

template <class T>
bool write(byte_writer& f, const T& x) {
  try {
    // An inspector takes its object by reference for the sake of loading.
    return inspect(f, const_cast<T&>(x));
  } catch (const std::exception&) {
    // Thrown by the inspector of a user's type.
    return false;
  }
}

auto malformed(const char* what) {
  return fail(errc::protocol_violation, what);
}

result<frame> get_unguarded(byte_reader& f) {
  uint8_t number = 0;
  uint16_t zero = 0;
  uint32_t length = 0;
  frame out;
  if (!f(number, out.flags, zero, length) || zero != 0)
    return malformed("malformed frame header");
  auto body = f.view(length);
  if (!body)
    return malformed("a frame is longer than its batch");
  byte_reader g{*body};
  if (!get_body<0>(g, number, out.content) || g.remaining() > 0)
    return malformed("malformed frame");
  out.bytes = length;
  return out;
}

/// Bytes of a value that is none: the length of an empty name.
constexpr size_t none_size = 8;

template <class T>
result<void> put_with(byte_writer& f, const T& x,
                      std::span<const std::byte> payload, uint8_t flags) {
  auto& bytes = f.bytes();
  auto start = bytes.size();
  if (auto ok = put(f, x, flags); !ok)
    return ok;
  bytes.resize(bytes.size() - none_size);
  f.raw(payload.data(), payload.size());
  auto n = static_cast<uint32_t>(bytes.size() - start - frame_header_size);
  std::memcpy(bytes.data() + start + 4, &n, sizeof(n));
  return {};
}

} // namespace

template <class T>
result<void> put(byte_writer& f, const T& x, uint8_t flags) {
  auto& bytes = f.bytes();
  auto start = bytes.size();
  f(kind_of<T>, flags, uint16_t{0}, uint32_t{0});
  if (!write(f, x)) {
    bytes.resize(start);
    return fail(errc::not_serialisable, "a payload cannot leave this process");
  }
  auto length = bytes.size() - start - frame_header_size;
  if (length > UINT32_MAX) {
    bytes.resize(start);
    return fail(errc::frame_too_large, "a frame has more than 4 GiB");
  }
  auto n = static_cast<uint32_t>(length);
  std::memcpy(bytes.data() + start + 4, &n, sizeof(n));
  return {};
}

template result<void> put(byte_writer&, const forward&, uint8_t);
template result<void> put(byte_writer&, const backward&, uint8_t);
template result<void> put(byte_writer&, const recall&, uint8_t);
template result<void> put(byte_writer&, const begin_step&, uint8_t);
template result<void> put(byte_writer&, const commit_step&, uint8_t);
template result<void> put(byte_writer&, const cancel_step&, uint8_t);
template result<void> put(byte_writer&, const ready&, uint8_t);
template result<void> put(byte_writer&, const failed&, uint8_t);
template result<void> put(byte_writer&, const control&, uint8_t);
template result<void> put(byte_writer&, const control_reply&, uint8_t);
template result<void> put(byte_writer&, const unchanged&, uint8_t);
template result<void> put(byte_writer&, const forget&, uint8_t);
template result<void> put(byte_writer&, const forget_all&, uint8_t);
template result<void> put(byte_writer&, const chunk&, uint8_t);
template result<void> put(byte_writer&, const ack&, uint8_t);
template result<void> put(byte_writer&, const goodbye&, uint8_t);
template result<void> put(byte_writer&, const announced<forward>&, uint8_t);
template result<void> put(byte_writer&, const announced<backward>&, uint8_t);
template result<void> put(byte_writer&, const announced<control>&, uint8_t);
template result<void> put(byte_writer&, const announced<control_reply>&,
                          uint8_t);

result<void> put(byte_writer& f, const forward& x,
                 std::span<const std::byte> payload, uint8_t flags) {
  return put_with(f, x, payload, flags);
}

result<void> put(byte_writer& f, const backward& x,
                 std::span<const std::byte> payload, uint8_t flags) {
  return put_with(f, x, payload, flags);
}

result<frame> get(byte_reader& f) {
  try {
    return get_unguarded(f);
  } catch (const std::exception& x) {
    // Inspectors of user types and allocations may throw.
    f.reject();
    return fail(errc::protocol_violation,
                std::string{"malformed frame: "} + x.what());
  }
}

} // namespace morph::wire
