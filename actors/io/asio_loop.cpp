#include <morph/actors/io/asio_loop.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace morph::detail {

namespace asio = boost::asio;

class asio_loop::guard {
public:
  explicit guard(asio::io_context& x) : guard_(x.get_executor()) {
    // nop
  }

private:
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
};

asio_loop::member::~member() {
  // nop
}

asio_loop::asio_loop(unsigned threads)
  : own_(std::make_unique<asio::io_context>(static_cast<int>(threads))),
    context_(own_.get()), running_(std::make_shared<guard>(*own_)) {
  for (unsigned i = 0; i < threads; ++i)
    threads_.emplace_back([this] { context_->run(); });
}

asio_loop::asio_loop(asio::io_context& loop) : context_(&loop) {
  // nop
}

asio_loop::~asio_loop() {
  end();
}

std::shared_ptr<void> asio_loop::work() {
  std::lock_guard lock{mutex_};
  return ended_ ? nullptr : std::make_shared<guard>(*context_);
}

void asio_loop::post(action f) {
  asio::post(*context_, std::move(f));
}

void asio_loop::post_blocking(action f) {
  if (!own_) {
    post(std::move(f));
    return;
  }
  std::lock_guard lock{blocking_mutex_};
  blocking_.push_back(std::move(f));
  if (!blocking_thread_.joinable())
    blocking_thread_ = std::thread{[this] { run_blocking(); }};
  blocking_changed_.notify_one();
}

bool asio_loop::add(const std::shared_ptr<member>& x) {
  std::lock_guard lock{mutex_};
  if (!ended_)
    members_.emplace(x.get(), x);
  return !ended_;
}

void asio_loop::remove(member* x) noexcept {
  std::lock_guard lock{mutex_};
  members_.erase(x);
}

void asio_loop::end() {
  std::vector<std::shared_ptr<member>> open;
  {
    std::lock_guard lock{mutex_};
    ended_ = true;
    for (auto& [raw, x] : std::exchange(members_, {}))
      if (auto y = x.lock())
        open.push_back(std::move(y));
  }
  for (auto& x : open)
    x->end();
  open.clear();
  running_.reset();
  for (auto& x : std::exchange(threads_, {}))
    x.join();
  {
    std::lock_guard lock{blocking_mutex_};
    blocking_ended_ = true;
    blocking_changed_.notify_one();
  }
  if (blocking_thread_.joinable())
    blocking_thread_.join();
}

void asio_loop::run_blocking() {
  std::unique_lock lock{blocking_mutex_};
  for (;;) {
    blocking_changed_.wait(lock, [this] {
      return blocking_ended_ || !blocking_.empty();
    });
    if (blocking_.empty())
      return;
    auto f = std::move(blocking_.front());
    blocking_.pop_front();
    lock.unlock();
    f();
    f = nullptr;
    lock.lock();
  }
}

} // namespace morph::detail
