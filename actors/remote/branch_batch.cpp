#include <morph/actors/remote/branch_batch.hpp>
#include <morph/transport/mailbox.hpp>

#include <algorithm>

namespace morph::tasks {

namespace {

/// Bytes of one row in a body, the least.
constexpr size_t least_start = 25;
constexpr size_t least_report = 33;

/// A part of `from`, of which `f` has read all before; no copy.
std::optional<blob> read_blob(byte_reader& f, const blob& from) {
  uint64_t n = 0;
  if (!f.length(n, 1))
    return std::nullopt;
  auto offset = from.size() - f.remaining();
  f.view(n);
  return from.slice(offset, n);
}

void write_blob(byte_writer& f, std::span<const std::byte> x) {
  f.apply(static_cast<uint64_t>(x.size()));
  f.raw(x.data(), x.size());
}

} // namespace

void branch_orders::cancel(uint64_t id) {
  if (!cancels.empty() && cancels.back().last + 1 == id)
    cancels.back().last = id;
  else
    cancels.push_back({id, id});
}

blob write_orders(const branch_orders& x) {
  byte_writer f;
  f(x.number, static_cast<uint64_t>(x.names.size()));
  for (auto& n : x.names)
    f(n.name, n.signature);
  f.apply(static_cast<uint64_t>(x.starts.size()));
  for (auto& s : x.starts) {
    f(s.id, s.function, s.priority, s.remaining_ns);
    write_blob(f, s.arguments.bytes());
  }
  f.apply(static_cast<uint64_t>(x.cancels.size()));
  for (auto& r : x.cancels)
    f(r.first, r.last);
  return blob{f.take()};
}

std::optional<branch_orders> read_orders(const blob& from) {
  byte_reader f{from.bytes()};
  branch_orders out;
  uint64_t n = 0;
  if (!f.apply(out.number) || !f.length(n, 16))
    return std::nullopt;
  out.names.resize(n);
  for (auto& x : out.names)
    if (!f(x.name, x.signature))
      return std::nullopt;
  if (!f.length(n, least_start))
    return std::nullopt;
  out.starts.resize(n);
  for (auto& x : out.starts) {
    if (!f(x.id, x.function, x.priority, x.remaining_ns)
        || x.function >= out.names.size())
      return std::nullopt;
    auto bytes = read_blob(f, from);
    if (!bytes)
      return std::nullopt;
    x.arguments = std::move(*bytes);
  }
  if (!f.length(n, 16))
    return std::nullopt;
  out.cancels.resize(n);
  for (auto& x : out.cancels)
    if (!f(x.first, x.last))
      return std::nullopt;
  if (f.remaining() > 0)
    return std::nullopt;
  return out;
}

void report_writer::add(uint64_t id, branch_end how, int64_t run_ns,
                        int64_t stay_ns,
                        const std::vector<std::byte>& content) {
  byte_writer f;
  f.bytes() = std::move(bytes_);
  f(id, how, run_ns, stay_ns);
  write_blob(f, content);
  bytes_ = f.take();
}

std::optional<std::vector<branch_report>> read_reports(const blob& from) {
  byte_reader f{from.bytes()};
  std::vector<branch_report> out;
  out.reserve(from.size() / least_report);
  while (f.remaining() > 0) {
    auto& x = out.emplace_back();
    if (!f(x.id, x.how, x.run_ns, x.stay_ns) || x.how > branch_end::cancelled)
      return std::nullopt;
    auto bytes = read_blob(f, from);
    if (!bytes)
      return std::nullopt;
    x.content = std::move(*bytes);
  }
  return out;
}

std::vector<std::byte> write_error(const error& x) {
  byte_writer f;
  apply_error(f, x);
  return f.take();
}

error read_error(const blob& from) {
  byte_reader f{from.bytes()};
  error out;
  if (!apply_error(f, out))
    return {errc::protocol_violation, "the error of a host cannot be read"};
  return out;
}

} // namespace morph::tasks
