// A strand of a host on which branches of one driver are made, and told of
// when they are done.
//
// A lane is a task that only waits. What the driver sends arrives as work on
// its strand and becomes branches of it: they run here, or on strands of their
// own.
//
// Thread-safety: `deliver` from any thread; all else on its strand.
// Invariants:
// 1. Each branch is reported once, after it has been counted out.
// 2. When the lane's task is cancelled, so is all that it has branched.
#pragma once

#include <morph/actors/remote/branch_batch.hpp>
#include <morph/actors/remote/function_table.hpp>
#include <morph/actors/task/run.hpp>
#include <morph/actors/task/suspension.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace morph::tasks {

/// A branch that runs for a driver. Its end wakes nobody but is reported.
class served : public suspension {
public:
  served(lane& in, uint64_t id) noexcept;
  virtual ~served() = default;

  /// Its branch is finished; ends this object.
  bool is_over() noexcept final;

  void detach() noexcept final {
    // nop
  }

  std::string what() const final {
    return "its driver";
  }

  virtual branch_core& branch() noexcept = 0;
  virtual int64_t run_ns() const noexcept = 0;

  /// Throws `failure` if the result cannot travel.
  virtual void write_result(byte_writer& f) = 0;

  std::shared_ptr<lane> in; ///< Which may have been closed and let go.
  uint64_t id;
  int64_t arrived_ns;
  bool cancelled = false; ///< By its driver.
};

class lane : public std::enable_shared_from_this<lane> {
public:
  /// What is to be done, of all that a driver has sent in one body.
  struct orders {
    std::vector<std::pair<const remote_function*, start_request>> starts;
    std::vector<id_range> cancels;
  };

  /// `report` takes bodies to the driver; `lanes` counts those that live.
  lane(std::shared_ptr<std::atomic<int64_t>> lanes,
       std::function<void(blob)> report);

  ~lane();

  /// Starts the lane's task; call it once.
  void open(task_runtime& on);

  /// Cancels it.
  void close();

  void deliver(orders x);

  // -- on the strand ----------------------------------------------------------

  /// The scope of what is served.
  scope_core& scope() noexcept;

  task_runtime& runtime() noexcept;

  void add(std::unique_ptr<served> x);

  void report(served& x) noexcept;

  void report_error(uint64_t id, const error& x);

private:
  class mail;
  class flush;
  class reception;

  static task<void> receive(context& self, std::shared_ptr<lane> me);
  void handle(orders& x);
  void report(uint64_t id, branch_end how, int64_t run_ns, int64_t stay_ns,
              const std::vector<std::byte>& content);
  void send();

  std::shared_ptr<std::atomic<int64_t>> lanes_;
  std::function<void(blob)> send_;
  std::unique_ptr<started<void>> task_;
  strand_ptr strand_;
  branch_core* root_ = nullptr;
  bool open_ = true;
  bool flush_due_ = false;
  report_writer reports_;
  std::map<uint64_t, std::unique_ptr<served>> live_;
};

} // namespace morph::tasks
