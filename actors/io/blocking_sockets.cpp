#include <morph/actors/io/blocking_sockets.hpp>
#include <morph/actors/io/posix_files.hpp>
#include <morph/actors/io/socket_address.hpp>

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <system_error>

namespace morph::detail {

namespace {

class descriptor {
public:
  explicit descriptor(int fd) noexcept : fd_(fd) {
    // nop
  }

  descriptor(descriptor&& x) noexcept : fd_(std::exchange(x.fd_, -1)) {
    // nop
  }

  descriptor& operator=(descriptor&&) = delete;

  ~descriptor() {
    close();
  }

  int get() const noexcept {
    return fd_;
  }

  void close() noexcept {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }

private:
  int fd_;
};

error socket_error(const std::string& name, int number, errc otherwise) {
  auto gone = number == ECONNRESET || number == EPIPE || number == ENOTCONN
              || number == ETIMEDOUT;
  return error{gone ? errc::connection_lost : otherwise,
               name + ": " + std::generic_category().message(number)};
}

error would_deadlock(const std::string& name, std::string_view doing) {
  return error{errc::needs_concurrency,
               name + ": " + std::string{doing}
                 + " would wait for a peer that only this thread could run"};
}

/// Polls until the descriptor is ready; false if the token stops it.
result<bool> wait_ready(int fd, short events, const std::stop_token& stop,
                        const std::string& name) {
  std::array<pollfd, 2> fds{{{fd, events, 0}, {-1, POLLIN, 0}}};
  descriptor woken{stop.stop_possible() ? ::eventfd(0, EFD_CLOEXEC) : -1};
  fds[1].fd = woken.get();
  std::stop_callback wake{stop, [&woken] { eventfd_write(woken.get(), 1); }};
  for (;;) {
    auto n = ::poll(fds.data(), fds.size(), -1);
    if (n < 0 && errno != EINTR)
      return fail(socket_error(name, errno, errc::read_failed));
    if (stop.stop_requested())
      return false;
    if (n > 0 && fds[0].revents != 0)
      return true;
  }
}

bool again(int number) {
  return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

endpoint local_of(int fd) {
  socket_address x;
  ::getsockname(fd, x.get(), &x.size);
  return x.where();
}

class blocking_stream final : public byte_device {
public:
  blocking_stream(descriptor fd, endpoint peer, own_peers_ptr own)
    : fd_(std::move(fd)), peer_(std::move(peer)), name_(to_string(peer_)),
      local_(local_of(fd_.get())), own_(std::move(own)) {
    int yes = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    own_->add(local_);
  }

  ~blocking_stream() override {
    own_->remove(local_);
  }

  const std::string& name() const noexcept override {
    return name_;
  }

  void read_some(std::span<std::byte> out, std::stop_token stop,
                 io_callback<size_t> done) override {
    done(transfer(POLLIN, "reading", errc::read_failed, stop, [&] {
      return ::recv(fd_.get(), out.data(), out.size(), MSG_DONTWAIT);
    }));
  }

  void write_some(std::span<const const_bytes> parts, std::stop_token stop,
                  io_callback<size_t> done) override {
    std::array<iovec, max_pieces> raw;
    msghdr message{};
    message.msg_iov = raw.data();
    for (auto& x : parts.first(std::min(parts.size(), raw.size())))
      raw[message.msg_iovlen++] = {const_cast<std::byte*>(x.data()), x.size()};
    done(transfer(POLLOUT, "writing", errc::write_failed, stop, [&] {
      return ::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }));
  }

  void finish_writing() override {
    ::shutdown(fd_.get(), SHUT_WR);
  }

  void close() override {
    closed_ = true;
    ::shutdown(fd_.get(), SHUT_RDWR);
  }

private:
  template <class F>
  result<size_t> transfer(short events, std::string_view doing, errc otherwise,
                          const std::stop_token& stop, F call) {
    for (;;) {
      if (closed_)
        return io_cancelled();
      auto n = call();
      if (n >= 0)
        return static_cast<size_t>(n);
      if (!again(errno))
        return fail(socket_error(name_, errno, otherwise));
      if (own_->has(peer_))
        return fail(would_deadlock(name_, doing));
      auto ready = wait_ready(fd_.get(), events, stop, name_);
      if (!ready)
        return fail(std::move(ready.error()));
      if (!*ready)
        return io_cancelled();
    }
  }

  descriptor fd_;
  endpoint peer_;
  std::string name_;
  endpoint local_;
  own_peers_ptr own_;
  std::atomic<bool> closed_{false};
};

class blocking_listener final : public listener_device {
public:
  blocking_listener(descriptor fd, own_peers_ptr own, bool may_wait)
    : fd_(std::move(fd)), where_(local_of(fd_.get())), own_(std::move(own)),
      may_wait_(may_wait) {
    own_->add(where_);
  }

  ~blocking_listener() override {
    own_->remove(where_);
  }

  const endpoint& where() const noexcept override {
    return where_;
  }

  void accept(std::stop_token stop,
              io_callback<std::shared_ptr<byte_device>> done) override {
    done(accept_one(stop));
  }

  void close() override {
    closed_ = true;
    ::shutdown(fd_.get(), SHUT_RDWR);
  }

private:
  result<std::shared_ptr<byte_device>> accept_one(const std::stop_token& stop) {
    auto name = to_string(where_);
    for (;;) {
      if (closed_)
        return io_cancelled();
      socket_address peer;
      auto fd = ::accept4(fd_.get(), peer.get(), &peer.size,
                          SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0)
        return std::make_shared<blocking_stream>(descriptor{fd}, peer.where(),
                                                 own_);
      if (errno == ECONNABORTED)
        continue;
      if (!again(errno))
        return fail(socket_error(name, errno, errc::read_failed));
      if (!may_wait_)
        return fail(would_deadlock(name, "accepting"));
      auto ready = wait_ready(fd_.get(), POLLIN, stop, name);
      if (!ready)
        return fail(std::move(ready.error()));
      if (!*ready)
        return io_cancelled();
    }
  }

  descriptor fd_;
  endpoint where_;
  own_peers_ptr own_;
  bool may_wait_;
  std::atomic<bool> closed_{false};
};

result<descriptor> open_socket(const socket_address& at) {
  descriptor fd{
    ::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (fd.get() < 0)
    return fail(
      socket_error(to_string(at.where()), errno, errc::host_unreachable));
  return fd;
}

} // namespace

void own_peers::add(const endpoint& x) {
  std::lock_guard guard{mutex_};
  all_.insert(to_string(x));
}

void own_peers::remove(const endpoint& x) {
  std::lock_guard guard{mutex_};
  if (auto i = all_.find(to_string(x)); i != all_.end())
    all_.erase(i);
}

bool own_peers::has(const endpoint& x) const {
  std::lock_guard guard{mutex_};
  return all_.contains(to_string(x))
         || all_.contains(to_string(endpoint{"0.0.0.0", x.port}))
         || all_.contains(to_string(endpoint{"::", x.port}));
}

result<std::shared_ptr<listener_device>> listen_blocking(const endpoint& where,
                                                         own_peers_ptr own,
                                                         bool may_wait) {
  auto at = address_of(where);
  if (!at)
    return fail(std::move(at.error()));
  auto fd = open_socket(*at);
  if (!fd)
    return fail(std::move(fd.error()));
  int yes = 1;
  ::setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(fd->get(), at->get(), at->size) != 0
      || ::listen(fd->get(), SOMAXCONN) != 0)
    return fail(
      os_error(errno == EADDRINUSE ? errc::port_in_use : errc::host_unreachable,
               "listen at", to_string(where), errno));
  return std::make_shared<blocking_listener>(std::move(*fd), std::move(own),
                                             may_wait);
}

result<std::shared_ptr<byte_device>> connect_blocking(const endpoint& to,
                                                      own_peers_ptr own,
                                                      std::stop_token stop) {
  auto at = address_of(to);
  if (!at)
    return fail(std::move(at.error()));
  auto fd = open_socket(*at);
  if (!fd)
    return fail(std::move(fd.error()));
  auto name = to_string(to);
  auto refused = [&](int number) {
    return fail(os_error(errc::host_unreachable, "connect to", name, number));
  };
  if (::connect(fd->get(), at->get(), at->size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR)
      return refused(errno);
    auto ready = wait_ready(fd->get(), POLLOUT, stop, name);
    if (!ready)
      return fail(std::move(ready.error()));
    if (!*ready)
      return io_cancelled();
    int number = 0;
    socklen_t size = sizeof(number);
    ::getsockopt(fd->get(), SOL_SOCKET, SO_ERROR, &number, &size);
    if (number != 0)
      return refused(number);
  }
  return std::make_shared<blocking_stream>(std::move(*fd), at->where(),
                                           std::move(own));
}

} // namespace morph::detail
