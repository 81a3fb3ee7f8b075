#include <morph/actors/io/stream.hpp>

#include <array>

namespace morph {

namespace {

using byte_ptr = std::shared_ptr<byte_device>;

io_operation<size_t> some_read(byte_ptr d, std::span<std::byte> out) {
  return io_operation<size_t>{io_operation<size_t>::starter{
    [d = std::move(d), out](std::stop_token stop, io_callback<size_t> done) {
      d->read_some(out, std::move(stop), std::move(done));
    }}};
}

io_operation<void> readable(byte_ptr d) {
  return io_operation<void>{io_operation<void>::starter{
    [d = std::move(d)](std::stop_token stop, io_callback<void> done) {
      d->wait_readable(std::move(stop), std::move(done));
    }}};
}

io_operation<size_t> some_written(byte_ptr d,
                                  std::span<const const_bytes> parts) {
  return io_operation<size_t>{io_operation<size_t>::starter{
    [d = std::move(d), parts](std::stop_token stop, io_callback<size_t> done) {
      d->write_some(parts, std::move(stop), std::move(done));
    }}};
}

} // namespace

io_operation<size_t> stream::fill(state_ptr s) {
  s->in.reset();
  s->begin = s->end = 0;
  if (auto ok = co_await readable(s->device); !ok)
    co_return fail(std::move(ok.error()));
  s->in = std::make_unique<std::byte[]>(buffer_size);
  auto n = co_await some_read(s->device, {s->in.get(), buffer_size});
  s->end = n ? *n : 0;
  co_return n;
}

io_operation<size_t> stream::read_more(state_ptr s, std::span<std::byte> out) {
  if (out.size() >= buffer_size) {
    auto n = co_await some_read(s->device, out);
    co_return n;
  }
  auto n = co_await fill(s);
  if (!n)
    co_return fail(std::move(n.error()));
  co_return s->take(out);
}

io_operation<void> stream::read_rest(state_ptr s, std::span<std::byte> out) {
  auto at = s->take(out);
  while (at < out.size()) {
    auto n = co_await read_more(s, out.subspan(at));
    if (!n)
      co_return fail(std::move(n.error()));
    if (*n == 0)
      co_return fail(errc::truncated_file,
                     s->device->name() + ": ends after " + std::to_string(at)
                       + " of " + std::to_string(out.size()) + " bytes");
    at += *n;
  }
  co_return result<void>{};
}

io_operation<std::string> stream::find(state_ptr s, char mark, size_t most) {
  std::string out;
  for (;;) {
    auto* first = reinterpret_cast<const char*>(s->in.get()) + s->begin;
    auto there = s->end - s->begin;
    auto n = std::min(there, most - out.size() + 1);
    auto* hit
      = n > 0 ? static_cast<const char*>(std::memchr(first, mark, n)) : nullptr;
    auto taken = hit ? static_cast<size_t>(hit - first) : n;
    out.append(first, taken);
    s->begin += taken + (hit ? 1 : 0);
    if (hit)
      co_return out;
    if (out.size() > most)
      co_return fail(errc::frame_too_large,
                     s->device->name() + ": no end within "
                       + std::to_string(most) + " bytes");
    auto more = co_await fill(s);
    if (!more)
      co_return fail(std::move(more.error()));
    if (*more == 0)
      co_return fail(errc::truncated_file,
                     s->device->name() + ": ends after "
                       + std::to_string(out.size())
                       + " bytes without the mark that ends them");
  }
}

io_operation<void> stream::write_out(state_ptr s, gathered what) {
  // The buffer goes first; it is taken over, so that `what` may stay where it
  // is and the next small write may start a new one.
  auto held = std::move(s->out);
  auto before = const_bytes{held.get(), std::exchange(s->pending, 0)};
  std::vector<const_bytes> parts;
  parts.reserve(what.parts().size() + 1);
  parts.push_back(before);
  parts.insert(parts.end(), what.parts().begin(), what.parts().end());
  gather_cursor at{gathered{std::move(parts)}.repeat_last(
    what.parts().empty() ? 1 : what.repeats())};
  std::array<const_bytes, max_pieces> pieces;
  while (at.left() > 0) {
    auto n = co_await some_written(s->device, at.peek(pieces));
    if (!n)
      co_return fail(std::move(n.error()));
    if (*n == 0)
      co_return fail(errc::connection_lost,
                     s->device->name() + ": no byte was taken");
    at.advance(*n);
  }
  co_return result<void>{};
}

io_operation<std::string> stream::read_until(char mark, size_t most) const {
  return find(state_, mark, most);
}

io_operation<stream> listener::accept() const {
  return io_operation<stream>{io_operation<stream>::starter{
    [d = device_](std::stop_token stop, io_callback<stream> done) {
      d->accept(std::move(stop), [done = std::move(done)](result<byte_ptr> x) {
        done(std::move(x).map([](byte_ptr y) { return stream{std::move(y)}; }));
      });
    }}};
}

} // namespace morph
