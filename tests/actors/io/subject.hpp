// The implementations of `io` that one suite of tests runs over, each with a
// folder to write to.
#pragma once

#include <morph/actors/io/blocking_io.hpp>
#include <morph/actors/io/memory_io.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace morph::test {

/// The outcome of an operation that was started.
template <class T>
class begun {
public:
  explicit begun(io_operation<T> op) : state_(std::make_shared<state>()) {
    std::move(op).start([s = state_](result<T> x) {
      std::lock_guard guard{s->mutex};
      ++s->completions;
      s->outcome.emplace(std::move(x));
      s->changed.notify_all();
    });
  }

  bool done() const {
    std::lock_guard guard{state_->mutex};
    return state_->outcome.has_value();
  }

  int completions() const {
    std::lock_guard guard{state_->mutex};
    return state_->completions;
  }

  bool wait() const {
    std::unique_lock guard{state_->mutex};
    return state_->changed.wait_for(guard, std::chrono::seconds{20}, [&] {
      return state_->outcome.has_value();
    });
  }

  result<T> outcome() const {
    std::lock_guard guard{state_->mutex};
    return *state_->outcome;
  }

private:
  struct state {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<result<T>> outcome;
    int completions = 0;
  };

  std::shared_ptr<state> state_;
};

class subject {
public:
  /// `blocking`, `asio`, `asio without io_uring`, `memory`, or `memory with
  /// faults`: short reads and writes, and delays.
  explicit subject(const std::string& name);
  ~subject();

  io& get() {
    return *io_;
  }

  std::filesystem::path file(const std::string& name) const {
    return folder_ / name;
  }

  /// Waits for what was started.
  template <class T>
  result<T> finish(const begun<T>& x) {
    if (clock_)
      while (!x.done() && clock_->run_one())
        ; // Time goes on.
    if (clock_ ? !x.done() : !x.wait())
      FAIL("the operation has not completed");
    return x.outcome();
  }

  template <class T>
  result<T> run(io_operation<T> op) {
    return finish(begun<T>{std::move(op)});
  }

  /// As `run`; fails the test for an error.
  template <class T>
  T get(io_operation<T> op) {
    auto x = run(std::move(op));
    if (!x)
      FAIL(to_string(x.error()));
    if constexpr (!std::is_void_v<T>)
      return std::move(*x);
  }

  /// The content of a file, read by other means.
  std::string text(const std::filesystem::path& p) const;

  /// Names of all files in the folder.
  std::vector<std::string> files() const;

private:
  std::unique_ptr<manual_timeline> clock_;
  std::unique_ptr<io> io_;
  std::filesystem::path folder_;
};

/// Names of all subjects, and of those that overlap.
std::vector<std::string> all_subjects();
std::vector<std::string> overlapping_subjects();

/// `n` bytes in which no two neighbouring windows are alike.
std::string pattern(size_t n);

} // namespace morph::test

/// Runs the rest of the case once for each implementation.
#define MORPH_EACH_IO(var, names) \
  auto var##_name = GENERATE(from_range(names())); \
  INFO(var##_name); \
  morph::test::subject var { \
    var##_name \
  }
