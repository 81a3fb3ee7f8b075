#include <morph/actors/io/asio_sockets.hpp>
#include <morph/actors/io/socket_address.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/wait_traits.hpp>

#include <chrono>
#include <optional>

namespace morph::detail {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

using strand = asio::strand<asio::io_context::executor_type>;
using socket_type = asio::basic_stream_socket<tcp, strand>;
using acceptor_type = asio::basic_socket_acceptor<tcp, strand>;
using timer_type
  = asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>,
                               strand>;
using byte_ptr = std::shared_ptr<byte_device>;

error error_of(const error_code& ec, const std::string& name, errc otherwise) {
  if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor)
    return io_cancelled().value();
  auto gone
    = ec == asio::error::connection_reset || ec == asio::error::broken_pipe
      || ec == asio::error::not_connected || ec == asio::error::timed_out;
  return error{gone ? errc::connection_lost : otherwise,
               name + ": " + ec.message()};
}

/// One operation: holds the loop's work, its callback and its cancellation.
template <class T>
class pending : public std::enable_shared_from_this<pending<T>> {
public:
  pending(std::shared_ptr<void> work, io_callback<T> done)
    : work_(std::move(work)), done_(std::move(done)) {
    // nop
  }

  /// REQUIRES: on the strand, as for `finish`.
  void arm(const strand& on, const std::stop_token& stop) {
    if (stop.stop_possible())
      stop_.emplace(stop, cancel{this, on});
  }

  auto slot() {
    return signal_.slot();
  }

  void finish(result<T> x) {
    stop_.reset();
    auto done = std::exchange(done_, nullptr);
    done(std::move(x));
  }

private:
  struct cancel {
    pending* self;
    strand on;

    // Never at once: it may be called while the operation is being started.
    void operator()() const {
      if (auto x = self->weak_from_this().lock())
        asio::post(on, [x] {
          if (x->done_)
            x->signal_.emit(asio::cancellation_type::terminal);
        });
    }
  };

  std::shared_ptr<void> work_;
  io_callback<T> done_;
  asio::cancellation_signal signal_;
  std::optional<std::stop_callback<cancel>> stop_;
};

/// Calls `begin(pending)` on the strand, which begins the operation with a
/// handler that finishes it.
template <class T, class F>
void start(asio_loop& loop, const strand& on, std::stop_token stop,
           io_callback<T> done, F begin) {
  auto work = loop.work();
  if (!work) {
    done(io_cancelled());
    return;
  }
  auto op = std::make_shared<pending<T>>(std::move(work), std::move(done));
  asio::dispatch(on, [op, on, stop = std::move(stop),
                      begin = std::move(begin)]() mutable {
    op->arm(on, stop);
    begin(op);
  });
}

class asio_stream final : public byte_device,
                          public asio_loop::member,
                          public std::enable_shared_from_this<asio_stream> {
public:
  asio_stream(asio_loop_ptr loop, socket_type socket, std::string name)
    : loop_(std::move(loop)), socket_(std::move(socket)),
      name_(std::move(name)) {
    // nop
  }

  ~asio_stream() override {
    loop_->remove(this);
  }

  /// The stream itself unless its loop has ended. REQUIRES: connected.
  result<byte_ptr> settled() {
    error_code ignored;
    socket_.set_option(tcp::no_delay{true}, ignored);
    if (closed_ || !loop_->add(shared_from_this()))
      return io_cancelled();
    return shared_from_this();
  }

  socket_type& socket() noexcept {
    return socket_;
  }

  const std::string& name() const noexcept override {
    return name_;
  }

  void read_some(std::span<std::byte> out, std::stop_token stop,
                 io_callback<size_t> done) override {
    start<size_t>(
      *loop_, socket_.get_executor(), std::move(stop), std::move(done),
      [self = shared_from_this(), out](auto& op) {
        self->socket_.async_read_some(
          asio::buffer(out.data(), out.size()),
          asio::bind_cancellation_slot(
            op->slot(), [self, op](const error_code& ec, size_t n) {
              if (!ec || ec == asio::error::eof)
                op->finish(n);
              else
                op->finish(fail(error_of(ec, self->name_, errc::read_failed)));
            }));
      });
  }

  void wait_readable(std::stop_token stop, io_callback<void> done) override {
    start<void>(*loop_, socket_.get_executor(), std::move(stop),
                std::move(done), [self = shared_from_this()](auto& op) {
                  self->socket_.async_wait(
                    socket_type::wait_read,
                    asio::bind_cancellation_slot(
                      op->slot(), [self, op](const error_code& ec) {
                        if (!ec)
                          op->finish({});
                        else
                          op->finish(
                            fail(error_of(ec, self->name_, errc::read_failed)));
                      }));
                });
  }

  void write_some(std::span<const const_bytes> parts, std::stop_token stop,
                  io_callback<size_t> done) override {
    start<size_t>(
      *loop_, socket_.get_executor(), std::move(stop), std::move(done),
      [self = shared_from_this(), parts](auto& op) {
        std::vector<asio::const_buffer> buffers;
        buffers.reserve(parts.size());
        for (auto& x : parts)
          buffers.emplace_back(x.data(), x.size());
        self->socket_.async_write_some(
          buffers,
          asio::bind_cancellation_slot(
            op->slot(), [self, op](const error_code& ec, size_t n) {
              if (!ec)
                op->finish(n);
              else
                op->finish(fail(error_of(ec, self->name_, errc::write_failed)));
            }));
      });
  }

  /// REQUIRES: on the strand, before anything else.
  void connect(const tcp::endpoint& at, std::shared_ptr<pending<byte_ptr>> op) {
    if (closed_) {
      op->finish(io_cancelled());
      return;
    }
    auto connected = [self = shared_from_this(), op](const error_code& ec) {
      if (ec)
        op->finish(fail(error_of(ec, "cannot connect to " + self->name_,
                                 errc::host_unreachable)));
      else
        op->finish(self->settled());
    };
    socket_.async_connect(
      at, asio::bind_cancellation_slot(op->slot(), std::move(connected)));
  }

  void finish_writing() override {
    if (auto work = loop_->work())
      asio::dispatch(socket_.get_executor(), [self = shared_from_this()] {
        error_code ignored;
        self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
      });
  }

  void close() override {
    // On a loop that has ended, all is closed already.
    if (auto work = loop_->work())
      end();
  }

  void end() override {
    asio::dispatch(socket_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->closed_ = true;
      self->socket_.close(ignored);
    });
  }

private:
  asio_loop_ptr loop_;
  socket_type socket_;
  std::string name_;
  bool closed_ = false; // of the strand
};

class asio_listener final : public listener_device,
                            public asio_loop::member,
                            public std::enable_shared_from_this<asio_listener> {
public:
  asio_listener(asio_loop_ptr loop, acceptor_type acceptor, endpoint where)
    : loop_(std::move(loop)), acceptor_(std::move(acceptor)),
      where_(std::move(where)) {
    // nop
  }

  ~asio_listener() override {
    loop_->remove(this);
  }

  const endpoint& where() const noexcept override {
    return where_;
  }

  void accept(std::stop_token stop, io_callback<byte_ptr> done) override {
    start<byte_ptr>(*loop_, acceptor_.get_executor(), std::move(stop),
                    std::move(done), [self = shared_from_this()](auto& op) {
                      // Each connection has a strand of its own.
                      self->acceptor_.async_accept(
                        strand{self->loop_->context().get_executor()},
                        asio::bind_cancellation_slot(
                          op->slot(),
                          [self, op](const error_code& ec, socket_type x) {
                            op->finish(self->accepted(ec, std::move(x)));
                          }));
                    });
  }

  void close() override {
    if (auto work = loop_->work())
      end();
  }

  void end() override {
    asio::dispatch(acceptor_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->acceptor_.close(ignored);
    });
  }

private:
  result<byte_ptr> accepted(const error_code& ec, socket_type x) {
    if (ec)
      return fail(error_of(ec, to_string(where_), errc::read_failed));
    error_code gone;
    auto peer = x.remote_endpoint(gone);
    auto name
      = gone ? std::string{"a peer that is gone"}
             : to_string(endpoint{peer.address().to_string(), peer.port()});
    return std::make_shared<asio_stream>(loop_, std::move(x), name)->settled();
  }

  asio_loop_ptr loop_;
  acceptor_type acceptor_;
  endpoint where_;
};

class asio_timer final : public asio_loop::member,
                         public std::enable_shared_from_this<asio_timer> {
public:
  explicit asio_timer(asio_loop_ptr loop)
    : loop_(std::move(loop)), timer_(strand{loop_->context().get_executor()}) {
    // nop
  }

  ~asio_timer() override {
    loop_->remove(this);
  }

  void wait(int64_t ns, std::stop_token stop, io_callback<void> done) {
    start<void>(*loop_, timer_.get_executor(), std::move(stop), std::move(done),
                [self = shared_from_this(), ns](auto& op) {
                  if (self->ended_)
                    op->finish(io_cancelled());
                  else
                    self->begin(ns, op);
                });
  }

  void end() override {
    asio::dispatch(timer_.get_executor(), [self = shared_from_this()] {
      self->ended_ = true;
      self->timer_.cancel();
    });
  }

private:
  void begin(int64_t ns, std::shared_ptr<pending<void>> op) {
    timer_.expires_after(std::chrono::nanoseconds{ns});
    timer_.async_wait(asio::bind_cancellation_slot(
      op->slot(), [self = shared_from_this(), op](const error_code& ec) {
        if (ec)
          op->finish(io_cancelled());
        else
          op->finish({});
      }));
  }

  asio_loop_ptr loop_;
  timer_type timer_;
  bool ended_ = false; // of the strand
};

result<tcp::endpoint> numeric(const endpoint& x) {
  auto raw = address_of(x);
  if (!raw)
    return fail(std::move(raw.error()));
  auto where = raw->where();
  return tcp::endpoint{asio::ip::make_address(where.host), where.port};
}

} // namespace

result<std::shared_ptr<listener_device>> listen_on(asio_loop_ptr loop,
                                                   const endpoint& where) {
  auto at = numeric(where);
  if (!at)
    return fail(std::move(at.error()));
  acceptor_type acceptor{strand{loop->context().get_executor()}};
  error_code ec;
  acceptor.open(at->protocol(), ec);
  if (!ec)
    acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
  if (!ec)
    acceptor.bind(*at, ec);
  if (!ec)
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec)
    return fail(ec == asio::error::address_in_use ? errc::port_in_use
                                                  : errc::host_unreachable,
                "cannot listen at " + to_string(where) + ": " + ec.message());
  auto taken = acceptor.local_endpoint(ec);
  auto out = std::make_shared<asio_listener>(
    loop, std::move(acceptor),
    endpoint{taken.address().to_string(), taken.port()});
  if (!loop->add(out))
    return io_cancelled();
  return out;
}

void connect_on(asio_loop_ptr loop, const endpoint& to, std::stop_token stop,
                io_callback<byte_ptr> done) {
  auto at = numeric(to);
  if (!at) {
    done(fail(std::move(at.error())));
    return;
  }
  auto x = std::make_shared<asio_stream>(
    loop, socket_type{strand{loop->context().get_executor()}}, to_string(to));
  // Until it is connected nobody else could close it.
  if (!loop->add(x)) {
    done(io_cancelled());
    return;
  }
  start<byte_ptr>(*loop, x->socket().get_executor(), std::move(stop),
                  std::move(done),
                  [x, at = *at](auto& op) { x->connect(at, op); });
}

void wait_on(asio_loop_ptr loop, int64_t ns, std::stop_token stop,
             io_callback<void> done) {
  auto timer = std::make_shared<asio_timer>(loop);
  if (loop->add(timer))
    timer->wait(ns, std::move(stop), std::move(done));
  else
    done(io_cancelled());
}

} // namespace morph::detail
