#include <morph/actors/io/io.hpp>
#include <morph/graph/clock.hpp>

namespace morph {

namespace {

/// A callback that wraps what arrives before it passes it on.
template <class To, class From, class F>
io_callback<From> as(io_callback<To> done, F wrap) {
  return [done = std::move(done), wrap](result<From> x) {
    done(std::move(x).map(wrap));
  };
}

} // namespace

tl::unexpected<error> io_cancelled() {
  return fail(errc::cancelled, "the operation was cancelled");
}

error detail::error_of(const std::exception_ptr& x) noexcept {
  try {
    std::rethrow_exception(x);
  } catch (const failure& e) {
    return e.value();
  } catch (const std::exception& e) {
    return error{errc::node_failed, e.what()};
  } catch (...) {
    return error{errc::node_failed, "an exception of unknown type"};
  }
}

file_device::~file_device() {
  // nop
}

byte_device::~byte_device() {
  // nop
}

void byte_device::wait_readable(std::stop_token, io_callback<void> done) {
  done({});
}

listener_device::~listener_device() {
  // nop
}

io::~io() {
  // nop
}

int64_t io::now() const noexcept {
  return now_ns();
}

io_operation<file> io::open(path p, open_mode mode) {
  return io_operation<file>{io_operation<file>::starter{
    [this, p = std::move(p), mode](std::stop_token, io_callback<file> done) {
      start_open(p, mode, as<file, file_ptr>(std::move(done), [](file_ptr x) {
                   return file{std::move(x)};
                 }));
    }}};
}

io_operation<file_draft> io::draft(path target) {
  return io_operation<file_draft>{io_operation<file_draft>::starter{
    [this, p = std::move(target)](std::stop_token,
                                  io_callback<file_draft> done) {
      start_draft(p, as<file_draft, drafted>(std::move(done), [](drafted x) {
                    return file_draft{file{std::move(x.device)},
                                      std::move(x.draft), std::move(x.target)};
                  }));
    }}};
}

io_operation<void> io::rename(path from, path to) {
  return io_operation<void>{io_operation<void>::starter{
    [this, from = std::move(from), to = std::move(to)](std::stop_token,
                                                       io_callback<void> done) {
      start_rename(from, to, std::move(done));
    }}};
}

io_operation<void> io::remove(path p) {
  return io_operation<void>{io_operation<void>::starter{
    [this, p = std::move(p)](std::stop_token, io_callback<void> done) {
      start_remove(p, std::move(done));
    }}};
}

io_operation<void> io::sync_folder(path p) {
  return io_operation<void>{io_operation<void>::starter{
    [this, p = std::move(p)](std::stop_token, io_callback<void> done) {
      start_sync_folder(p, std::move(done));
    }}};
}

io_operation<listener> io::listen(endpoint where) {
  return io_operation<listener>{io_operation<listener>::starter{
    [this, where = std::move(where)](std::stop_token,
                                     io_callback<listener> done) {
      start_listen(
        where, as<listener, listener_ptr>(std::move(done), [](listener_ptr x) {
          return listener{std::move(x)};
        }));
    }}};
}

io_operation<stream> io::connect(endpoint to) {
  return io_operation<stream>{io_operation<stream>::starter{
    [this, to = std::move(to)](std::stop_token stop, io_callback<stream> done) {
      start_connect(to, std::move(stop),
                    as<stream, byte_ptr>(std::move(done), [](byte_ptr x) {
                      return stream{std::move(x)};
                    }));
    }}};
}

io_operation<void> io::wait_until(int64_t when) {
  return io_operation<void>{io_operation<void>::starter{
    [this, when](std::stop_token stop, io_callback<void> done) {
      start_wait(when, std::move(stop), std::move(done));
    }}};
}

} // namespace morph
