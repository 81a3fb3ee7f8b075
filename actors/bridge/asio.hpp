// To and from programs of Boost.Asio 1.81: wait for steps on their loop, and
// await their operations in our coroutines.
//
//   morph::async_wait(s.post(feeds), boost::asio::use_awaitable)
//   auto n = co_await socket.async_read_some(buffer, morph::use_morph);
//
// Thread-safety: as the executors and objects that are passed.
//
// Invariants:
// 1. No thread of ours runs a handler: it runs where its associated executor
//    says, or on the system executor if it has none.
// 2. A handler is never called before its initiating function returns.
// 3. A loop has work as long as it waits for a step.
#pragma once

#include <morph/actors/bridge/asio_operation.hpp>
#include <morph/actors/io/operation.hpp>
#include <morph/actors/session/step_handle.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace morph {

/// Runs functions on an executor: where continuations and operations go on.
template <class Executor>
io_executor posts_to(const Executor& x) {
  return [x](std::function<void()> f) { boost::asio::post(x, std::move(f)); };
}

/// As above, of a loop or a pool.
template <class Context>

  requires requires(Context& x) {
    x.get_executor();
  }

io_executor posts_to(Context& x) {
  return posts_to(x.get_executor());
}

namespace detail {

template <class Handler>
class step_wait : public std::enable_shared_from_this<step_wait<Handler>> {
public:
  using executor
    = boost::asio::associated_executor_t<Handler, boost::asio::system_executor>;

  explicit step_wait(Handler h)
    : handler_(std::move(h)), work_(boost::asio::get_associated_executor(
                                *handler_, boost::asio::system_executor{})) {
    // nop
  }

  void begin(const step_handle& x) {
    auto self = this->shared_from_this();
    auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
    if (slot.is_connected())
      slot.assign([self](boost::asio::cancellation_type type) {
        if (type != boost::asio::cancellation_type::none)
          self->complete(io_cancelled());
      });
    x.then([self](const result<step_values>& y) { self->complete(y); });
  }

private:
  void complete(result<step_values> x) {
    if (taken_.exchange(true))
      return;
    auto where = work_.get_executor();
    boost::asio::post(where, [self = this->shared_from_this(),
                              x = std::move(x)]() mutable {
      auto h = std::move(*self->handler_);
      self->handler_.reset();
      boost::asio::get_associated_cancellation_slot(h).clear();
      auto work = std::move(self->work_);
      if (x)
        std::move(h)(std::exception_ptr{}, std::move(*x));
      else
        std::move(h)(std::make_exception_ptr(failure{std::move(x.error())}),
                     step_values{});
    });
  }

  std::optional<Handler> handler_;
  boost::asio::executor_work_guard<executor> work_;
  std::atomic<bool> taken_{false};
};

} // namespace detail

/// Completes with `void(std::exception_ptr, step_values)`; the exception is a
/// `failure`. Cancelling ends the wait (MM0502), not the step.
template <class Token>
auto async_wait(const step_handle& x, Token&& token) {
  return boost::asio::async_initiate<Token,
                                     void(std::exception_ptr, step_values)>(
    [](auto handler, const step_handle& y) {
      using handler_type = std::decay_t<decltype(handler)>;
      std::make_shared<detail::step_wait<handler_type>>(std::move(handler))
        ->begin(y);
    },
    token, x);
}

/// A completion token: the initiating function returns an `io_operation`,
/// which has started nothing yet. Errors become error values; values that
/// cannot be copied come in a `shared_ptr`, several as a tuple.
struct use_morph_t {};

inline constexpr use_morph_t use_morph{};

} // namespace morph

namespace boost::asio {

template <class R, class Error, class... Args>
struct async_result<morph::use_morph_t, R(Error, Args...)> {
  using types = morph::detail::asio_value<std::decay_t<Args>...>;
  using return_type = morph::io_operation<typename types::type>;

  template <class Initiation, class... Rest>
  static return_type initiate(Initiation&& init, morph::use_morph_t,
                              Rest&&... rest) {
    using morph::detail::asio_operation;
    using operation = asio_operation<types, Error, std::decay_t<Initiation>,
                                     std::tuple<std::decay_t<Rest>...>,
                                     std::decay_t<Args>...>;
    auto op = std::make_shared<operation>(
      std::forward<Initiation>(init),
      std::tuple<std::decay_t<Rest>...>{std::forward<Rest>(rest)...});
    return return_type{
      typename return_type::starter{[op](std::stop_token stop, auto done) {
        op->begin(std::move(stop), std::move(done));
      }}};
  }
};

} // namespace boost::asio
