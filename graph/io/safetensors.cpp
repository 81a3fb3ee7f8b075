#include <morph/graph/io/atomic_file.hpp>
#include <morph/graph/io/binary_source.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/safetensors.hpp>
#include <morph/graph/io/safetensors_head.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace morph {

namespace {

using detail::safetensors_header;
using detail::tensor_place;

constexpr uint64_t max_head = 100'000'000;

result<safetensors_header> read_head(binary_source& in) {
  uint64_t length = 0;
  auto ok = in.read(std::as_writable_bytes(std::span{&length, 1}),
                    "the head's length");
  if (!ok)
    return fail(std::move(ok.error()));
  if (length > max_head)
    return fail(in.at(0, errc::malformed_file,
                      "a head of " + std::to_string(length)
                        + " bytes; at most 100 MB are allowed"));
  auto raw = in.take(length, "the head");
  if (!raw)
    return fail(std::move(raw.error()));
  std::string_view text{reinterpret_cast<const char*>(raw->data()),
                        raw->size()};
  if (!text.starts_with('{'))
    return fail(in.at(8, errc::malformed_file,
                      "not a safetensors file: the head is no JSON object"));
  auto head = detail::parse_safetensors_header(text);
  if (!head)
    return fail(in.at(8, head.error().code, head.error().message));
  return head;
}

/// Sorts by place; checks that tensors cover all that is left, each byte once.
result<void> check_places(const binary_source& in,
                          std::vector<tensor_place>& xs) {
  std::sort(xs.begin(), xs.end(), [](auto& a, auto& b) {
    return std::pair{a.begin, a.end} < std::pair{b.begin, b.end};
  });
  auto start = in.offset();
  auto total = in.remaining();
  uint64_t at = 0;
  for (auto& x : xs) {
    auto wrong = [&](errc code, std::string what) {
      return fail(in.at(start + at, code, "'" + x.name + "' " + what));
    };
    if (x.begin > x.end)
      return wrong(errc::malformed_file, "ends before it begins");
    if (x.end > total)
      return wrong(errc::truncated_file, "ends at byte " + std::to_string(x.end)
                                           + " of the elements; there are "
                                           + std::to_string(total));
    if (x.begin != at)
      return wrong(errc::malformed_file, x.begin < at
                                           ? "overlaps another tensor"
                                           : "comes after a gap");
    auto n = checked_elements(x.extents, total / size_of(x.type));
    if (!n || *n * size_of(x.type) != x.end - x.begin)
      return wrong(errc::malformed_file, "has offsets that do not fit its type "
                                           + std::string{to_string(x.type)}
                                           + to_string(x.extents));
    at = x.end;
  }
  if (at != total)
    return fail(in.at(start + at, errc::malformed_file,
                      "bytes that belong to no tensor"));
  return {};
}

result<tensor_file> read_from(binary_source in) {
  auto head = read_head(in);
  if (!head)
    return fail(std::move(head.error()));
  if (auto ok = check_places(in, head->tensors); !ok)
    return fail(std::move(ok.error()));
  tensor_file out;
  out.metadata = std::move(head->metadata);
  for (auto& place : head->tensors) {
    auto x = read_elements(in, place.type, place.extents);
    if (!x)
      return fail(std::move(x.error()));
    out.tensors.emplace(std::move(place.name), std::move(*x));
  }
  return out;
}

/// The head for `xs`, and the order in which their elements stand.
safetensors_header lay_out(
  const tensor_file& x,
  std::vector<std::pair<const std::string, tensor> const*>& order) {
  for (auto& row : x.tensors)
    order.push_back(&row);
  std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) {
    return size_of(a->second.type()) > size_of(b->second.type());
  });
  safetensors_header head;
  head.metadata = x.metadata;
  uint64_t at = 0;
  for (auto* row : order) {
    auto end = at + row->second.size_bytes();
    head.tensors.push_back(
      {row->first, row->second.type(), row->second.shape(), at, end});
    at = end;
  }
  std::sort(head.tensors.begin(), head.tensors.end(),
            [](auto& a, auto& b) { return a.name < b.name; });
  return head;
}

} // namespace

result<tensor_file> read_safetensors(const std::filesystem::path& path) {
  auto in = binary_source::open(path);
  if (!in)
    return fail(std::move(in.error()));
  return read_from(std::move(*in));
}

result<tensor_file> decode_safetensors(std::span<const std::byte> bytes,
                                       std::string name) {
  return read_from(binary_source::memory(bytes, std::move(name)));
}

result<void> write_safetensors(const std::filesystem::path& path,
                               const tensor_file& x) {
  if (x.tensors.contains("__metadata__"))
    return fail(errc::write_failed,
                path.string() + ": '__metadata__' cannot name a tensor");
  std::vector<std::pair<const std::string, tensor> const*> order;
  auto head = detail::to_json(lay_out(x, order));
  if (!head)
    return fail(errc::write_failed,
                path.string() + ": " + head.error().message);
  head->resize((head->size() + 7) / 8 * 8, ' ');
  if (head->size() > max_head)
    return fail(errc::write_failed,
                path.string() + ": the head would exceed 100 MB");
  auto file = atomic_file::create(path);
  if (!file)
    return fail(std::move(file.error()));
  uint64_t length = head->size();
  if (auto ok = file->write(std::as_bytes(std::span{&length, 1})); !ok)
    return ok;
  if (auto ok = file->write(*head); !ok)
    return ok;
  for (auto* row : order)
    if (auto ok = file->write(row->second.raw()); !ok)
      return ok;
  return file->commit();
}

} // namespace morph
