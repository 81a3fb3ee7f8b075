// Delivers events to those who have subscribed: functions and actors.
//
//   auto s = session.events().subscribe([](const event& x) {
//     if (auto* lost = std::get_if<host_lost>(&x.what)) ...
//   });
//
// Thread-safety: all members may be called from any thread, those of a
// subscription from inside its function too.
//
// Invariants:
// 1. Each subscriber gets events in their order, one at a time, on a thread of
//    the stream (without actors: where they happen). A slow one holds up no
//    step; it delays other functions, no actors.
// 2. At most `capacity` events wait for a subscriber; then the oldest makes
//    room, and the next event that is delivered tells how many it missed.
// 3. Who subscribes late gets the latest `remembered` events first.
// 4. A function is not called after its subscription has ended, nor is it
//    running then, unless that ended it.
#pragma once

#include <morph/actors/events/event.hpp>

#include <caf/fwd.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace morph {

/// Ends with this object.
class subscription {
public:
  struct subscriber;

  subscription() = default;

  explicit subscription(std::shared_ptr<subscriber> x) noexcept
    : subscriber_(std::move(x)) {
    // nop
  }

  subscription(subscription&&) noexcept = default;

  subscription& operator=(subscription&& x) noexcept {
    end();
    subscriber_ = std::move(x.subscriber_);
    return *this;
  }

  ~subscription() {
    end();
  }

  /// Ends it now.
  void end() noexcept;

private:
  std::shared_ptr<subscriber> subscriber_;
};

class event_stream {
public:
  static constexpr size_t capacity = 1024;
  static constexpr size_t remembered = 256;

  using function = std::function<void(const event&)>;

  /// Null: there are no actors.
  explicit event_stream(caf::actor_system* sys);

  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

  /// Delivers what waits, then ends all subscriptions.
  ~event_stream();

  /// What `f` throws is dropped.
  [[nodiscard]] subscription subscribe(function f);

  /// Sends each event as a message `event`, the next when the actor has
  /// handled the one before; ends with the actor. Throws `failure` (MM0507) if
  /// there are no actors.
  void subscribe(const caf::actor& whom);

  void publish(event_content x);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace morph
