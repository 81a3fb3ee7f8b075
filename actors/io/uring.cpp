#include <morph/actors/io/uring.hpp>

#ifdef MORPH_HAS_IO_URING

#  include <boost/asio/io_context.hpp>
#  include <boost/asio/posix/basic_stream_descriptor.hpp>
#  include <boost/asio/post.hpp>
#  include <boost/asio/strand.hpp>
#  include <unistd.h>

#  include <liburing.h>
#  include <optional>
#  include <sys/eventfd.h>

#endif

namespace morph::detail {

uring::~uring() {
  // nop
}

#ifdef MORPH_HAS_IO_URING

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr unsigned entries = 64;

class ring final : public uring, public std::enable_shared_from_this<ring> {
public:
  using strand = asio::strand<asio::io_context::executor_type>;

  /// REQUIRES: `raw` is set up; takes it over.
  ring(asio_loop_ptr loop, const io_uring& raw, int event)
    : loop_(std::move(loop)), ring_(raw),
      event_(strand{loop_->context().get_executor()}, event) {
    // nop
  }

  ~ring() override {
    io_uring_queue_exit(&ring_);
  }

  void read(posix_file_ptr f, uint64_t offset, std::span<std::byte> out,
            std::stop_token stop, callback done) override {
    auto x = make_job(std::move(f), std::move(done));
    x->pieces.push_back({out.data(), out.size()});
    submit(std::move(x), stop, [&](io_uring_sqe* e, job& j) {
      io_uring_prep_readv(e, j.target->fd(), j.pieces.data(), 1, offset);
    });
  }

  void write(posix_file_ptr f, uint64_t offset,
             std::span<const const_bytes> parts, std::stop_token stop,
             callback done) override {
    auto x = make_job(std::move(f), std::move(done));
    x->pieces.reserve(parts.size());
    for (auto& p : parts)
      x->pieces.push_back({const_cast<std::byte*>(p.data()), p.size()});
    submit(std::move(x), stop, [&](io_uring_sqe* e, job& j) {
      io_uring_prep_writev(e, j.target->fd(), j.pieces.data(),
                           static_cast<unsigned>(j.pieces.size()), offset);
    });
  }

  void sync(posix_file_ptr f, std::stop_token stop, callback done) override {
    submit(make_job(std::move(f), std::move(done)), stop,
           [](io_uring_sqe* e, job& j) {
             io_uring_prep_fsync(e, j.target->fd(), 0);
           });
  }

private:
  struct job;

  struct cancel {
    ring* self;
    job* what;

    void operator()() const {
      self->cancel_job(*what);
    }
  };

  struct job {
    posix_file_ptr target;
    std::vector<iovec> pieces;
    callback done;
    uint64_t number = 0;
    bool unwanted = false; // of the ring's mutex
    std::optional<std::stop_callback<cancel>> stop;
  };

  using job_ptr = std::shared_ptr<job>;

  static job_ptr make_job(posix_file_ptr f, callback done) {
    auto out = std::make_shared<job>();
    out->target = std::move(f);
    out->done = std::move(done);
    return out;
  }

  static void finish(job& x, int outcome) {
    x.stop.reset();
    std::exchange(x.done, nullptr)(outcome);
  }

  template <class F>
  void submit(job_ptr x, const std::stop_token& stop, F prepare) {
    // May cancel it at once.
    if (stop.stop_possible())
      x->stop.emplace(stop, cancel{this, x.get()});
    std::unique_lock lock{mutex_};
    auto e = x->unwanted ? nullptr : next_entry();
    if (!e) {
      auto why = x->unwanted ? -ECANCELED : -EBUSY;
      lock.unlock();
      finish(*x, why);
      return;
    }
    x->number = ++last_;
    prepare(e, *x);
    io_uring_sqe_set_data64(e, x->number);
    jobs_.emplace(x->number, x);
    if (!std::exchange(listening_, true))
      asio::post(event_.get_executor(),
                 [self = shared_from_this()] { self->listen(); });
    io_uring_submit(&ring_);
  }

  /// REQUIRES: locked.
  io_uring_sqe* next_entry() {
    auto e = io_uring_get_sqe(&ring_);
    if (e)
      return e;
    io_uring_submit(&ring_);
    return io_uring_get_sqe(&ring_);
  }

  void cancel_job(job& x) {
    std::lock_guard lock{mutex_};
    x.unwanted = true;
    if (!jobs_.contains(x.number))
      return;
    if (auto e = next_entry()) {
      io_uring_prep_cancel64(e, x.number, 0);
      io_uring_sqe_set_data64(e, 0);
      io_uring_submit(&ring_);
    }
  }

  /// REQUIRES: on the strand.
  void listen() {
    event_.async_wait(decltype(event_)::wait_read,
                      [self = shared_from_this()](const error_code& ec) {
                        if (!ec)
                          self->reap();
                      });
  }

  void reap() {
    eventfd_t ignored = 0;
    eventfd_read(event_.native_handle(), &ignored);
    std::vector<std::pair<job_ptr, int>> complete;
    {
      std::lock_guard lock{mutex_};
      io_uring_cqe* c = nullptr;
      while (io_uring_peek_cqe(&ring_, &c) == 0) {
        if (auto x = jobs_.extract(io_uring_cqe_get_data64(c)))
          complete.emplace_back(std::move(x.mapped()), c->res);
        io_uring_cqe_seen(&ring_, c);
      }
      listening_ = !jobs_.empty();
      if (listening_)
        listen();
    }
    for (auto& [x, outcome] : complete)
      finish(*x, outcome);
  }

  asio_loop_ptr loop_;
  std::mutex mutex_;
  io_uring ring_;
  asio::posix::basic_stream_descriptor<strand> event_;
  uint64_t last_ = 0; ///< Numbers of jobs; 0 is no job.
  bool listening_ = false;
  std::unordered_map<uint64_t, job_ptr> jobs_;
};

/// What `ring` asks of the system.
bool suffices(io_uring& x, const io_uring_params& p) {
  auto* known = io_uring_get_probe_ring(&x);
  if (!known)
    return false;
  auto all = (p.features & IORING_FEAT_NODROP) != 0;
  for (auto op : {IORING_OP_READV, IORING_OP_WRITEV, IORING_OP_FSYNC,
                  IORING_OP_ASYNC_CANCEL})
    all = all && io_uring_opcode_supported(known, op);
  io_uring_free_probe(known);
  return all;
}

} // namespace

std::shared_ptr<uring> make_uring(asio_loop_ptr loop) {
  io_uring raw{};
  io_uring_params params{};
  if (io_uring_queue_init_params(entries, &raw, &params) != 0)
    return nullptr;
  auto event
    = suffices(raw, params) ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
  if (event >= 0 && io_uring_register_eventfd(&raw, event) == 0)
    return std::make_shared<ring>(std::move(loop), raw, event);
  if (event >= 0)
    ::close(event);
  io_uring_queue_exit(&raw);
  return nullptr;
}

#else

std::shared_ptr<uring> make_uring(asio_loop_ptr) {
  return nullptr;
}

#endif

} // namespace morph::detail
