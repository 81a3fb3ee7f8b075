// What the tests of this layer share: an actor system, a probe that records
// messages, and two hosts in one process.
#pragma once

#include <morph/graph/clock.hpp>
#include <morph/transport/compat/config.hpp>
#include <morph/transport/membership.hpp>
#include <morph/transport/object_store.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>

namespace morph::test {

inline constexpr auto patience = std::chrono::seconds{20};

using note = std::variant<forward, backward, recall, begin_step, commit_step,
                          cancel_step, ready, failed, control, control_reply,
                          link_up, link_down, link_stats>;

/// Notes in the order of their arrival; wait for them from the test's thread.
/// Copies share one list, so that a probe may outlive the test.
class notebook {
public:
  void write(note x) const {
    {
      std::lock_guard guard{list_->mutex};
      list_->notes.push_back(std::move(x));
    }
    list_->changed.notify_all();
  }

  /// The next note, which must be a `T`; null after `patience`.
  template <class T>
  std::optional<T> next() {
    auto& [mutex, changed, notes] = *list_;
    std::unique_lock guard{mutex};
    if (!changed.wait_for(guard, patience, [&] { return !notes.empty(); }))
      return std::nullopt;
    auto x = std::move(notes.front());
    notes.pop_front();
    if (auto* y = std::get_if<T>(&x))
      return std::move(*y);
    return std::nullopt;
  }

  /// Skips everything until a `T` comes; null after `patience`.
  template <class T>
  std::optional<T> await() {
    auto& [mutex, changed, notes] = *list_;
    std::unique_lock guard{mutex};
    std::optional<T> out;
    changed.wait_for(guard, patience, [&] {
      for (; !notes.empty() && !out; notes.pop_front())
        if (auto* y = std::get_if<T>(&notes.front()))
          out = std::move(*y);
      return out.has_value();
    });
    return out;
  }

  template <class T>
  size_t count() {
    std::lock_guard guard{list_->mutex};
    size_t out = 0;
    for (auto& x : list_->notes)
      out += std::holds_alternative<T>(x);
    return out;
  }

private:
  struct list {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<note> notes;
  };

  std::shared_ptr<list> list_ = std::make_shared<list>();
};

/// Writes down each message that it gets.
inline caf::behavior probe(caf::event_based_actor*, notebook book) {
  return []<class... Ts>(const notebook& to,
                         std::type_identity<std::variant<Ts...>>) {
    return caf::behavior{[to](const Ts& x) { to.write(x); }...};
  }(book, std::type_identity<note>{});
}

/// Answers control requests: verb 1 with the same bytes, verb 2 with an
/// error; verb 3 never.
inline caf::behavior parrot(caf::event_based_actor* self) {
  return {[self](const control& x) {
    if (x.verb == 1)
      compat::send(self, compat::sender(self),
                   control_reply{x.request, true, x.body});
    else if (x.verb == 2)
      compat::send(self, compat::sender(self),
                   refuse(x.request, {errc::unknown_host, "not here"}));
  }};
}

struct config : caf::actor_system_config {
  explicit config(const system_options& x = {}) {
    configure(*this, x);
  }
};

inline system_options local_only(size_t workers = 2) {
  system_options out;
  out.workers = workers;
  out.networking = false;
  return out;
}

/// One side of a link: its book with deployment 7, whose nodes 0, 1, ... ,
/// controller and session are probes.
struct side {
  side(caf::actor_system& sys, std::string name) : store(sys) {
    store.serve(options);
    options.self.name = std::move(name);
    node = sys.spawn(probe, inbox);
    controller = sys.spawn(probe, complaints);
    options.supervisor = sys.spawn(probe, news);
    options.control_handler = sys.spawn(parrot);
    options.book->open(7, {{node, node, node}, controller, controller});
  }

  ~side() {
    for (auto& x :
         {node, controller, options.supervisor, options.control_handler})
      compat::stop(x);
  }

  object_store store;
  notebook inbox;
  notebook complaints;
  notebook news;
  caf::actor node;
  caf::actor controller;
  caf::actor link;
  link_options options;
};

/// Two linked hosts in one actor system: deterministic but for scheduling.
struct pair {
  explicit pair(std::function<void(link_options&)> change = {})
    : cfg(local_only()), sys(cfg), a(sys, "a"), b(sys, "b") {
    if (change) {
      change(a.options);
      change(b.options);
    }
    auto door = spawn_greeter(sys, "key", b.options);
    a.link = meet(sys, door, "key", patience, a.options);
    a.news.await<link_up>();
    b.link = b.news.await<link_up>().value_or(link_up{}).link;
    compat::stop(door);
  }

  ~pair() {
    for (auto* x : {&a, &b})
      if (x->link)
        compat::anon_send(x->link, close_link{});
  }

  /// Sends from `a` to `b`.
  template <class T>
  void send(T x) {
    compat::anon_send(a.link, std::move(x));
  }

  link_stats stats_of(side& x) {
    notebook book;
    auto asker = sys.spawn(probe, book);
    caf::send_as(asker, x.link, get_link_stats{});
    auto out = book.await<link_stats>();
    compat::stop(asker);
    return out.value_or(link_stats{});
  }

  config cfg;
  caf::actor_system sys;
  side a;
  side b;
};

/// Asks a store until its counts are as wanted; the last counts if they never
/// are within `patience`.
template <class F>
store_counts settle(caf::actor_system& sys, const object_store& store,
                    F wanted) {
  caf::scoped_actor self{sys};
  auto deadline
    = now_ns()
      + std::chrono::duration_cast<std::chrono::nanoseconds>(patience).count();
  store_counts out;
  do {
    compat::request(self.ptr(), store.actor(), patience, get_store_counts{})
      .receive([&](store_counts& x) { out = x; }, [](const caf::error&) {});
  } while (!wanted(out) && now_ns() < deadline);
  return out;
}

constexpr uint64_t at(uint32_t node) {
  return make_address(7, node);
}

} // namespace morph::test
