#include <morph/actors/io/file.hpp>

#include <algorithm>
#include <array>

namespace morph {

namespace {

using file_ptr = std::shared_ptr<file_device>;

io_operation<size_t> some_read(file_ptr f, uint64_t offset,
                               std::span<std::byte> out) {
  return io_operation<size_t>{io_operation<size_t>::starter{
    [f = std::move(f), offset, out](std::stop_token stop,
                                    io_callback<size_t> done) {
      f->read_some(offset, out, std::move(stop), std::move(done));
    }}};
}

io_operation<size_t> some_written(file_ptr f, uint64_t offset,
                                  std::span<const const_bytes> parts) {
  return io_operation<size_t>{io_operation<size_t>::starter{
    [f = std::move(f), offset, parts](std::stop_token stop,
                                      io_callback<size_t> done) {
      f->write_some(offset, parts, std::move(stop), std::move(done));
    }}};
}

io_operation<size_t> read_loop(file_ptr f, uint64_t offset,
                               std::span<std::byte> out) {
  size_t at = 0;
  while (at < out.size()) {
    auto n = co_await some_read(f, offset + at, out.subspan(at));
    if (!n)
      co_return fail(std::move(n.error()));
    if (*n == 0)
      break;
    at += *n;
  }
  co_return at;
}

io_operation<std::vector<std::byte>> read_whole(file_ptr f, uint64_t offset,
                                                uint64_t n) {
  file self{f};
  auto size = co_await self.size();
  if (!size)
    co_return fail(std::move(size.error()));
  auto left = *size - std::min(*size, offset);
  auto short_by = [&](uint64_t there) {
    return fail(errc::truncated_file, f->name() + ": " + std::to_string(n)
                                        + " bytes from byte "
                                        + std::to_string(offset) + " on, but "
                                        + std::to_string(there) + " are left");
  };
  if (n > left)
    co_return short_by(left);
  std::vector<std::byte> out(n);
  auto got = co_await read_loop(f, offset, out);
  if (!got)
    co_return fail(std::move(got.error()));
  if (*got < n) // Somebody has cut the file meanwhile.
    co_return short_by(*got);
  co_return out;
}

/// The size is a hint: files may grow and shrink while they are read.
io_operation<std::vector<std::byte>> read_to_end(file_ptr f) {
  constexpr size_t piece = size_t{1} << 20;
  std::vector<std::byte> out;
  for (;;) {
    auto at = out.size();
    out.resize(at + piece);
    auto n = co_await read_loop(f, at, std::span{out}.subspan(at));
    if (!n)
      co_return fail(std::move(n.error()));
    out.resize(at + *n);
    if (*n < piece)
      co_return out;
  }
}

io_operation<void> write_loop(file_ptr f, uint64_t offset, gathered what) {
  gather_cursor at{std::move(what)};
  std::array<const_bytes, max_pieces> pieces;
  while (at.left() > 0) {
    auto n = co_await some_written(f, offset, at.peek(pieces));
    if (!n)
      co_return fail(std::move(n.error()));
    if (*n == 0)
      co_return fail(errc::write_failed,
                     "cannot write " + f->name() + ": no byte was taken");
    at.advance(*n);
    offset += *n;
  }
  co_return result<void>{};
}

/// A file that remembers where it is.
class sequential_file final : public byte_device {
public:
  sequential_file(file_ptr f, uint64_t offset)
    : file_(std::move(f)), at_(std::make_shared<uint64_t>(offset)) {
    // nop
  }

  const std::string& name() const noexcept override {
    return file_->name();
  }

  void read_some(std::span<std::byte> out, std::stop_token stop,
                 io_callback<size_t> done) override {
    file_->read_some(*at_, out, std::move(stop), counted(std::move(done)));
  }

  void write_some(std::span<const const_bytes> parts, std::stop_token stop,
                  io_callback<size_t> done) override {
    file_->write_some(*at_, parts, std::move(stop), counted(std::move(done)));
  }

  void finish_writing() override {
    // nop
  }

  void close() override {
    // nop
  }

private:
  io_callback<size_t> counted(io_callback<size_t> done) const {
    return [at = at_, done = std::move(done)](result<size_t> n) {
      if (n)
        *at += *n;
      done(std::move(n));
    };
  }

  file_ptr file_;
  std::shared_ptr<uint64_t> at_;
};

} // namespace

io_operation<uint64_t> file::size() const {
  return io_operation<uint64_t>{io_operation<uint64_t>::starter{
    [f = device_](std::stop_token stop, io_callback<uint64_t> done) {
      f->size(std::move(stop), std::move(done));
    }}};
}

io_operation<size_t> file::read(uint64_t offset,
                                std::span<std::byte> out) const {
  return read_loop(device_, offset, out);
}

io_operation<std::vector<std::byte>> file::read_exactly(uint64_t offset,
                                                        uint64_t n) const {
  return read_whole(device_, offset, n);
}

io_operation<std::vector<std::byte>> file::read_all() const {
  return read_to_end(device_);
}

io_operation<void> file::write(uint64_t offset, gathered what) const {
  return write_loop(device_, offset, std::move(what));
}

io_operation<void> file::sync() const {
  return io_operation<void>{io_operation<void>::starter{
    [f = device_](std::stop_token stop, io_callback<void> done) {
      f->sync(std::move(stop), std::move(done));
    }}};
}

stream file::sequential(uint64_t offset) const {
  return stream{std::make_shared<sequential_file>(device_, offset)};
}

} // namespace morph
