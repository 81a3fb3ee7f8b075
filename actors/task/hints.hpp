// What a program may say about a branch, written behind its arguments:
//
//   self.branch(fetch, url, spread, deadline(2s));
//
// Hints never change a result, only where and when a branch runs; a deadline
// and a host that does not exist are the exceptions.
#pragma once

#include <morph/actors/task/task_time.hpp>
#include <morph/graph/error.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace morph {

struct keep_local_t {};

/// On the strand of its owner: the cheapest place.
inline constexpr keep_local_t keep_local;

struct spread_t {};

/// On a strand of its own, elsewhere if there is an elsewhere; not next to
/// hundreds of others.
inline constexpr spread_t spread;

struct cache_t {};

/// Its result is worth keeping where it was computed.
inline constexpr cache_t cache;

/// On this host; MM0506 if there is none of this name.
struct pin {
  explicit pin(std::string host_name) : host(std::move(host_name)) {
    // nop
  }

  std::string host;
};

/// Among branches that wait for a place, higher ones start first; 0: as ever.
struct priority {
  constexpr explicit priority(int level) noexcept : n(level) {
    // nop
  }

  int n;
};

/// Ends with MM0509 unless it is through by then; also limits a scope.
struct deadline {
  template <class Rep, class Period>
  constexpr explicit deadline(std::chrono::duration<Rep, Period> d) noexcept
    : after(std::chrono::duration_cast<std::chrono::nanoseconds>(d)) {
    // nop
  }

  std::chrono::nanoseconds after;
};

/// What errors and reports call the branch; by default file and line.
struct named {
  explicit named(std::string text) : name(std::move(text)) {
    // nop
  }

  std::string name;
};

namespace tasks {

struct known_function;

/// Says why branches of a function stay in this process.
using stay_reason = error (*)();

} // namespace tasks

/// All hints of one branch, as a placer sees them.
struct branch_hints {
  bool keep_local = false;
  bool spread = false;
  bool cache = false;
  bool borrows = false;       ///< Refers to data of this process.
  bool needs_overlap = false; ///< Came by `concurrent`.
  int priority = 0;
  std::optional<std::chrono::nanoseconds> deadline;
  std::string_view host; ///< Empty: not pinned.
  std::string_view name;
  tasks::known_function* function = nullptr; ///< Null if it must stay here.
  tasks::stay_reason why_it_stays = nullptr; ///< If it must, and may be asked.
};

namespace tasks {

template <class T>
inline constexpr bool is_hint
  = std::is_same_v<
      T,
      keep_local_t> || std::is_same_v<T, spread_t> || std::is_same_v<T, cache_t> || std::is_same_v<T, pin> || std::is_same_v<T, morph::priority> || std::is_same_v<T, morph::deadline> || std::is_same_v<T, named>;

inline void note(branch_hints& x, const keep_local_t&) noexcept {
  x.keep_local = true;
}

inline void note(branch_hints& x, const spread_t&) noexcept {
  x.spread = true;
}

inline void note(branch_hints& x, const cache_t&) noexcept {
  x.cache = true;
}

inline void note(branch_hints& x, const pin& hint) noexcept {
  x.host = hint.host;
}

inline void note(branch_hints& x, const morph::priority& hint) noexcept {
  x.priority = hint.n;
}

inline void note(branch_hints& x, const morph::deadline& hint) noexcept {
  x.deadline = hint.after;
}

inline void note(branch_hints& x, const named& hint) noexcept {
  x.name = hint.name;
}

} // namespace tasks

} // namespace morph
