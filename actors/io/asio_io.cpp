#include <morph/actors/io/asio_io.hpp>
#include <morph/actors/io/asio_loop.hpp>
#include <morph/actors/io/asio_sockets.hpp>
#include <morph/actors/io/posix_files.hpp>
#include <morph/actors/io/uring.hpp>

#include <cerrno>

namespace morph {

namespace {

using detail::asio_loop;
using detail::asio_loop_ptr;
using detail::posix_file_ptr;

/// Has `f` done where it may block, and the callback called on the loop.
template <class T, class F>
void blocking(const asio_loop_ptr& loop, std::stop_token stop,
              io_callback<T> done, F f) {
  auto work = loop->work();
  if (!work) {
    done(io_cancelled());
    return;
  }
  loop->post_blocking([loop = loop.get(), work, stop = std::move(stop),
                       done = std::move(done), f = std::move(f)]() mutable {
    auto x = stop.stop_requested() ? result<T>{io_cancelled()} : f();
    loop->post([work, done = std::move(done), x = std::move(x)]() mutable {
      done(std::move(x));
    });
  });
}

class asio_file final : public file_device,
                        public std::enable_shared_from_this<asio_file> {
public:
  asio_file(asio_loop_ptr loop, std::shared_ptr<detail::uring> ring,
            posix_file_ptr x)
    : loop_(std::move(loop)), ring_(std::move(ring)), file_(std::move(x)) {
    // nop
  }

  const std::string& name() const noexcept override {
    return file_->name();
  }

  void size(std::stop_token stop, io_callback<uint64_t> done) override {
    blocking<uint64_t>(loop_, std::move(stop), std::move(done),
                       [f = file_] { return f->size(); });
  }

  void read_some(uint64_t offset, std::span<std::byte> out,
                 std::stop_token stop, io_callback<size_t> done) override {
    if (!ring_)
      blocking<size_t>(loop_, std::move(stop), std::move(done),
                       [f = file_, offset, out] {
                         return f->read_some(offset, out);
                       });
    else if (auto work = held(done))
      ring_->read(file_, offset, out, std::move(stop),
                  counted(work, std::move(done), [](posix_file& f, int why) {
                    return f.read_error(why);
                  }));
  }

  void write_some(uint64_t offset, std::span<const const_bytes> parts,
                  std::stop_token stop, io_callback<size_t> done) override {
    if (!ring_)
      blocking<size_t>(loop_, std::move(stop), std::move(done),
                       [f = file_, offset, parts] {
                         return f->write_some(offset, parts);
                       });
    else if (auto work = held(done))
      ring_->write(file_, offset, parts, std::move(stop),
                   counted(work, std::move(done), [](posix_file& f, int why) {
                     return f.write_error("write", why);
                   }));
  }

  void sync(std::stop_token stop, io_callback<void> done) override {
    if (!ring_)
      blocking<void>(loop_, std::move(stop), std::move(done),
                     [f = file_] { return f->sync(); });
    else if (auto work = held(done))
      ring_->sync(
        file_, std::move(stop),
        counted(
          work,
          [done = std::move(done)](result<size_t> x) {
            done(std::move(x).map([](size_t) {}));
          },
          [](posix_file& f, int why) { return f.write_error("sync", why); }));
  }

private:
  using posix_file = detail::posix_file;

  template <class T>
  std::shared_ptr<void> held(const io_callback<T>& done) {
    auto out = loop_->work();
    if (!out)
      done(io_cancelled());
    return out;
  }

  template <class F>
  detail::uring::callback counted(std::shared_ptr<void> work,
                                  io_callback<size_t> done, F why) {
    return [self = shared_from_this(), work = std::move(work),
            done = std::move(done), why](int n) {
      if (n >= 0)
        done(static_cast<size_t>(n));
      else if (n == -ECANCELED || n == -EINTR)
        done(io_cancelled());
      else
        done(fail(why(*self->file_, -n)));
    };
  }

  asio_loop_ptr loop_;
  std::shared_ptr<detail::uring> ring_;
  posix_file_ptr file_;
};

} // namespace

class asio_io::impl {
public:
  impl(asio_loop_ptr x, const asio_options& options) : loop(std::move(x)) {
    if (options.io_uring)
      ring = detail::make_uring(loop);
  }

  ~impl() {
    loop->end();
  }

  file_ptr wrap(posix_file_ptr x) const {
    return std::make_shared<asio_file>(loop, ring, std::move(x));
  }

  asio_loop_ptr loop;
  std::shared_ptr<detail::uring> ring;
};

asio_io::asio_io(const asio_options& options)
  : impl_(std::make_unique<impl>(std::make_shared<asio_loop>(options.threads),
                                 options)) {
  // nop
}

asio_io::asio_io(boost::asio::io_context& loop, const asio_options& options)
  : impl_(std::make_unique<impl>(std::make_shared<asio_loop>(loop), options)) {
  // nop
}

asio_io::~asio_io() {
  // nop
}

bool asio_io::uses_io_uring() const noexcept {
  return impl_->ring != nullptr;
}

void asio_io::start_open(const path& p, open_mode mode,
                         io_callback<file_ptr> done) {
  blocking<file_ptr>(impl_->loop, {}, std::move(done), [this, p, mode] {
    return detail::posix_file::open(p, mode).map(
      [this](posix_file_ptr x) { return impl_->wrap(std::move(x)); });
  });
}

void asio_io::start_draft(const path& target, io_callback<drafted> done) {
  blocking<drafted>(impl_->loop, {}, std::move(done), [this, target] {
    return detail::make_draft(target).map([this](detail::posix_draft x) {
      return drafted{impl_->wrap(std::move(x.content)), std::move(x.draft),
                     std::move(x.target)};
    });
  });
}

void asio_io::start_rename(const path& from, const path& to,
                           io_callback<void> done) {
  blocking<void>(impl_->loop, {}, std::move(done),
                 [from, to] { return detail::rename_file(from, to); });
}

void asio_io::start_remove(const path& p, io_callback<void> done) {
  blocking<void>(impl_->loop, {}, std::move(done),
                 [p] { return detail::remove_file(p); });
}

void asio_io::start_sync_folder(const path& p, io_callback<void> done) {
  blocking<void>(impl_->loop, {}, std::move(done),
                 [p] { return detail::sync_folder(p); });
}

void asio_io::start_listen(const endpoint& where,
                           io_callback<listener_ptr> done) {
  done(detail::listen_on(impl_->loop, where));
}

void asio_io::start_connect(const endpoint& to, std::stop_token stop,
                            io_callback<byte_ptr> done) {
  detail::connect_on(impl_->loop, to, std::move(stop), std::move(done));
}

void asio_io::start_wait(int64_t when, std::stop_token stop,
                         io_callback<void> done) {
  detail::wait_on(impl_->loop, when - now(), std::move(stop), std::move(done));
}

} // namespace morph
