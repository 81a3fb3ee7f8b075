// Operations as senders of C++26, where there is an implementation of them:
// the standard's own, or stdexec. Without either this header is empty.
//
//   auto [y] = *sync_wait(as_sender(outcome_of(s.post(feeds))));
//
// Thread-safety: a sender is connected and started once.
//
// A sender completes with the value, with the error as a value, or, cancelled,
// with `set_stopped`. The stop token of its receiver stops the operation.
#pragma once

#include <version>

#if defined(__cpp_lib_senders)
#  include <execution>
#  define MORPH_SENDERS std::execution
#elif __has_include(<stdexec/execution.hpp>)
#  include <stdexec/execution.hpp>
#  define MORPH_SENDERS stdexec
#endif

#ifdef MORPH_SENDERS

#  include <morph/actors/io/operation.hpp>

#  include <optional>
#  include <stop_token>
#  include <type_traits>
#  include <utility>

namespace morph {

namespace detail {

template <class T>
struct value_signature {
  using type = MORPH_SENDERS::set_value_t(T);
};

template <>
struct value_signature<void> {
  using type = MORPH_SENDERS::set_value_t();
};

} // namespace detail

template <class T>
class operation_sender {
public:
  using sender_concept = MORPH_SENDERS::sender_t;

  using completion_signatures = MORPH_SENDERS::completion_signatures<
    typename detail::value_signature<T>::type,
    MORPH_SENDERS::set_error_t(error), MORPH_SENDERS::set_stopped_t()>;

  explicit operation_sender(io_operation<T> x) : op_(std::move(x)) {
    // nop
  }

  template <class Receiver>
  auto connect(Receiver r) && {
    return state<Receiver>{std::move(op_), std::move(r)};
  }

private:
  template <class Receiver>
  class state {
  public:
    using operation_state_concept = MORPH_SENDERS::operation_state_t;

    state(io_operation<T> op, Receiver r)
      : op_(std::move(op)), receiver_(std::move(r)) {
      // nop
    }

    state(state&&) = delete;

    void start() noexcept {
      auto stop
        = MORPH_SENDERS::get_stop_token(MORPH_SENDERS::get_env(receiver_));
      forward_.emplace(std::move(stop), request{&stop_});
      std::move(op_).until(stop_.get_token()).start([this](result<T> x) {
        complete(std::move(x));
      });
    }

  private:
    struct request {
      std::stop_source* source;

      void operator()() const noexcept {
        auto x = *source; // outlives the state, if that ends here
        x.request_stop();
      }
    };

    using token = decltype(MORPH_SENDERS::get_stop_token(
      MORPH_SENDERS::get_env(std::declval<Receiver&>())));
    using forward = MORPH_SENDERS::stop_callback_for_t<token, request>;

    void complete(result<T> x) {
      forward_.reset();
      if (!x && x.error().code == errc::cancelled)
        MORPH_SENDERS::set_stopped(std::move(receiver_));
      else if (!x)
        MORPH_SENDERS::set_error(std::move(receiver_), std::move(x.error()));
      else if constexpr (std::is_void_v<T>)
        MORPH_SENDERS::set_value(std::move(receiver_));
      else
        MORPH_SENDERS::set_value(std::move(receiver_), std::move(*x));
    }

    io_operation<T> op_;
    Receiver receiver_;
    std::stop_source stop_;
    std::optional<forward> forward_;
  };

  io_operation<T> op_;
};

template <class T>
operation_sender<T> as_sender(io_operation<T> x) {
  return operation_sender<T>{std::move(x)};
}

} // namespace morph

#endif
