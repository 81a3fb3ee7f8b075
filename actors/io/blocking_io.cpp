#include <morph/actors/io/blocking_io.hpp>
#include <morph/actors/io/blocking_sockets.hpp>
#include <morph/actors/io/posix_files.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace morph {

namespace {

class blocking_file final : public file_device {
public:
  explicit blocking_file(detail::posix_file_ptr x) : file_(std::move(x)) {
    // nop
  }

  const std::string& name() const noexcept override {
    return file_->name();
  }

  void size(std::stop_token, io_callback<uint64_t> done) override {
    done(file_->size());
  }

  void read_some(uint64_t offset, std::span<std::byte> out, std::stop_token,
                 io_callback<size_t> done) override {
    done(file_->read_some(offset, out));
  }

  void write_some(uint64_t offset, std::span<const const_bytes> parts,
                  std::stop_token, io_callback<size_t> done) override {
    done(file_->write_some(offset, parts));
  }

  void sync(std::stop_token, io_callback<void> done) override {
    done(file_->sync());
  }

private:
  detail::posix_file_ptr file_;
};

} // namespace

struct blocking_io::own_peers : detail::own_peers {};

blocking_io::blocking_io(const blocking_options& options)
  : options_(options), own_(std::make_shared<own_peers>()) {
  // nop
}

blocking_io::~blocking_io() {
  // nop
}

void blocking_io::start_open(const path& p, open_mode mode,
                             io_callback<file_ptr> done) {
  done(detail::posix_file::open(p, mode).map(
    [](detail::posix_file_ptr x) -> file_ptr {
      return std::make_shared<blocking_file>(std::move(x));
    }));
}

void blocking_io::start_draft(const path& target, io_callback<drafted> done) {
  done(detail::make_draft(target).map([](detail::posix_draft x) {
    return drafted{std::make_shared<blocking_file>(std::move(x.content)),
                   std::move(x.draft), std::move(x.target)};
  }));
}

void blocking_io::start_rename(const path& from, const path& to,
                               io_callback<void> done) {
  done(detail::rename_file(from, to));
}

void blocking_io::start_remove(const path& p, io_callback<void> done) {
  done(detail::remove_file(p));
}

void blocking_io::start_sync_folder(const path& p, io_callback<void> done) {
  done(detail::sync_folder(p));
}

void blocking_io::start_listen(const endpoint& where,
                               io_callback<listener_ptr> done) {
  done(detail::listen_blocking(where, own_, options_.clients_elsewhere));
}

void blocking_io::start_connect(const endpoint& to, std::stop_token stop,
                                io_callback<byte_ptr> done) {
  done(detail::connect_blocking(to, own_, std::move(stop)));
}

void blocking_io::start_wait(int64_t when, std::stop_token stop,
                             io_callback<void> done) {
  std::mutex mutex;
  std::condition_variable_any never;
  for (auto left = when - now(); left > 0 && !stop.stop_requested();
       left = when - now()) {
    std::unique_lock guard{mutex};
    never.wait_for(guard, stop, std::chrono::nanoseconds{left},
                   [] { return false; });
  }
  if (stop.stop_requested())
    done(io_cancelled());
  else
    done({});
}

} // namespace morph
