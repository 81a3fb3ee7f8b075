// Small task functions that several test files use.
#pragma once

#include "actors/task/runtimes.hpp"

namespace morph::test {

inline task<int> constant(context&, int x) {
  co_return x;
}

inline task<int> fails(context&, std::string text) {
  throw failure{{errc::invalid_attribute, text}};
  co_return 0;
}

/// `x`, after some time.
inline task<int> after(context& self, std::chrono::microseconds d, int x) {
  co_await self.sleep_for(d);
  co_return x;
}

/// Fails after some time.
inline task<int> fails_after(context& self, std::chrono::microseconds d) {
  co_await self.sleep_for(d);
  throw failure{{errc::invalid_attribute, "late"}};
  co_return 0;
}

/// Only a cancellation ends it.
inline task<int> forever(context& self) {
  co_await self.sleep_for(std::chrono::hours{24});
  co_return 0;
}

inline task<void> nothing(context&) {
  co_return;
}

/// Counts how many are inside at a time.
struct gauge {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> entered{0};

  void enter() {
    ++entered;
    auto n = ++inside;
    auto m = most.load();
    while (n > m && !most.compare_exchange_weak(m, n)) {
      // nop
    }
  }

  void leave() {
    --inside;
  }
};

/// Leaves the gauge however it ends.
struct inside_gauge {
  explicit inside_gauge(gauge& x) : g(x) {
    g.enter();
  }

  inside_gauge(const inside_gauge&) = delete;

  ~inside_gauge() {
    g.leave();
  }

  gauge& g;
};

/// Tells by its count how many copies are alive.
struct counted {
  static std::atomic<int>& alive() {
    static std::atomic<int> n{0};
    return n;
  }

  counted() {
    ++alive();
  }

  counted(const counted&) {
    ++alive();
  }

  counted& operator=(const counted&) = default;

  ~counted() {
    --alive();
  }
};

} // namespace morph::test
