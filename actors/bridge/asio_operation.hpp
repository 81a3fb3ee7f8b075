// What `use_morph` makes of an asynchronous operation of Boost.Asio.
//
// Thread-safety: as operation.hpp.
#pragma once

#include <morph/actors/io/operation.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

namespace morph::detail {

/// What an error of Boost.Asio is here.
inline error asio_error(const boost::system::error_code& ec) {
  namespace e = boost::asio::error;
  if (ec == e::operation_aborted)
    return io_cancelled().value();
  auto code = errc::read_failed;
  if (ec == e::eof || ec == e::connection_reset || ec == e::broken_pipe)
    code = errc::connection_lost;
  else if (ec == e::connection_refused || ec == e::host_unreachable
           || ec == e::network_unreachable)
    code = errc::host_unreachable;
  else if (ec == e::timed_out)
    code = errc::timed_out;
  return error{code, ec.message()};
}

inline error asio_error(const std::exception_ptr& x) {
  return error_of(x);
}

/// Values of a completion as one that can be copied.
template <class... Ts>
struct asio_value {
  using type = std::tuple<Ts...>;

  static type make(Ts... xs) {
    return {std::move(xs)...};
  }
};

template <>
struct asio_value<> {
  using type = void;
};

template <class T>
struct asio_value<T> {
  static constexpr bool plain = std::is_copy_constructible_v<T>;
  using type = std::conditional_t<plain, T, std::shared_ptr<T>>;

  static type make(T x) {
    if constexpr (plain)
      return x;
    else
      return std::make_shared<T>(std::move(x));
  }
};

template <class Value, class Error, class Initiation, class Rest, class... Args>
class asio_operation
  : public std::enable_shared_from_this<
      asio_operation<Value, Error, Initiation, Rest, Args...>> {
public:
  using type = typename Value::type;

  template <class I>
  asio_operation(I&& init, Rest rest)
    : init_(std::forward<I>(init)), rest_(std::move(rest)) {
    // nop
  }

  void begin(const std::stop_token& stop, io_callback<type> done) {
    done_ = std::move(done);
    // The initiation may be over, and this gone, before it returns.
    auto self = this->shared_from_this();
    if (stop.stop_possible())
      stop_.emplace(stop, cancel{this});
    std::apply(
      [&](auto&... xs) { std::move(init_)(handler{self}, std::move(xs)...); },
      rest_);
    // A request that came before the initiation found nothing to cancel.
    if (unwanted_)
      cancel{this}();
  }

private:
  struct handler {
    using cancellation_slot_type = boost::asio::cancellation_slot;

    cancellation_slot_type get_cancellation_slot() const noexcept {
      return op->signal_.slot();
    }

    void operator()(Error e, Args... xs) {
      op->finish(std::move(e), std::move(xs)...);
    }

    std::shared_ptr<asio_operation> op;
  };

  struct cancel {
    asio_operation* op;

    void operator()() const {
      auto self = op->weak_from_this().lock();
      if (!self)
        return;
      op->unwanted_ = true;
      auto emit = [self] {
        if (self->done_)
          self->signal_.emit(boost::asio::cancellation_type::terminal);
      };
      // Objects of Boost.Asio are told on their own executor.
      if constexpr (requires { op->init_.get_executor(); })
        boost::asio::post(op->init_.get_executor(), std::move(emit));
      else
        emit();
    }
  };

  void finish(Error e, Args... xs) {
    stop_.reset();
    auto done = std::exchange(done_, nullptr);
    if (e)
      done(fail(asio_error(e)));
    else if constexpr (sizeof...(Args) == 0)
      done(result<type>{});
    else
      done(Value::make(std::move(xs)...));
  }

  Initiation init_;
  Rest rest_;
  io_callback<type> done_;
  boost::asio::cancellation_signal signal_;
  std::atomic<bool> unwanted_{false};
  std::optional<std::stop_callback<cancel>> stop_;
};

} // namespace morph::detail
