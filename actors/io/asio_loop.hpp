// The event loop of an `asio_io`, ours or the user's, and what is open on it.
//
// Thread-safety: all members may be called from any thread.
//
// Invariants:
// 1. What was started before `end` completes; nothing starts after it.
// 2. Whoever is open holds the loop; the loop holds nobody.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace boost::asio {

class io_context;

} // namespace boost::asio

namespace morph::detail {

class asio_loop : public std::enable_shared_from_this<asio_loop> {
public:
  using action = std::function<void()>;

  /// Something open: a socket, a timer.
  class member {
  public:
    virtual ~member();

    /// Completes what is under way as cancelled; called once, from any thread.
    virtual void end() = 0;
  };

  /// A loop of its own with as many threads.
  explicit asio_loop(unsigned threads);

  /// Somebody else runs it.
  explicit asio_loop(boost::asio::io_context& loop);

  ~asio_loop();

  boost::asio::io_context& context() noexcept {
    return *context_;
  }

  /// Keeps the loop running until it is dropped; empty after `end`.
  std::shared_ptr<void> work();

  /// Runs `f` on the loop. REQUIRES: somebody holds its work.
  void post(action f);

  /// Runs `f`, which may block: on a thread for this, or on the loop if that
  /// is not ours.
  void post_blocking(action f);

  /// False, and `x` is not kept, after `end`.
  bool add(const std::shared_ptr<member>& x);
  void remove(member* x) noexcept;

  /// Ends all members; waits for what is under way if the loop is ours.
  void end();

private:
  class guard;

  void run_blocking();

  std::unique_ptr<boost::asio::io_context> own_;
  boost::asio::io_context* context_;
  std::shared_ptr<void> running_; ///< Work that ends with `end`.
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  bool ended_ = false;
  std::unordered_map<member*, std::weak_ptr<member>> members_;

  std::mutex blocking_mutex_;
  std::condition_variable blocking_changed_;
  std::deque<action> blocking_;
  std::thread blocking_thread_;
  bool blocking_ended_ = false;
};

using asio_loop_ptr = std::shared_ptr<asio_loop>;

} // namespace morph::detail
