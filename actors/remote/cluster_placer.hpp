// Decides which branches of a driver run on other hosts.
//
// Pinned ones go where they are pinned, spread ones to whichever host has the
// least to do for each of its workers. Without a hint a branch goes only if
// runs of its function take longer than a message of its size, both as
// measured; where the driver takes part, it goes only while the driver's own
// processors are busy.
//
// Thread-safety: as `placer`.
#pragma once

#include <morph/actors/remote/branch_line.hpp>
#include <morph/actors/task/placer.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace morph::tasks {

class cluster_placer final : public placer {
public:
  using lines = std::vector<std::unique_ptr<branch_line>>;

  cluster_placer(std::string driver_name, bool include_driver, lines xs);

  result<branch_site> place(const branch_hints& hints,
                            const task_runtime& rt) override;

  std::vector<std::string> hosts(const task_runtime& rt) const override;

  bool reaches_hosts() const noexcept override {
    return !lines_.empty();
  }

  known_function* find(const function_key& key) override;

  remote_line& line_for(const branch_hints& hints) override;

  const lines& ways() const noexcept {
    return lines_;
  }

  /// One paragraph for each function that was branched: where its branches
  /// have gone, and why.
  std::string explain() const;

private:
  /// Picks a host when a branch starts.
  class balancer final : public remote_line {
  public:
    explicit balancer(cluster_placer& whose) noexcept : whose_(whose) {
      // nop
    }

    void start(remote_call& x) override;
    void cancel(remote_call& x) override;
    std::string name() const override;

  private:
    cluster_placer& whose_;
  };

  bool is_driver(std::string_view name, const task_runtime& rt) const;
  branch_line* find_line(std::string_view name) const;
  branch_line* idlest();
  int64_t cheapest_message_ns(const known_function& f) const;
  bool goes(const branch_hints& hints, const task_runtime& rt);
  std::string explain(const known_function& f) const;

  std::string driver_name_;
  bool include_driver_;
  lines lines_;
  balancer balancer_{*this};
  local_placer local_;
  std::atomic<uint64_t> turn_{0};      ///< Of the driver among all.
  std::atomic<uint64_t> host_turn_{0}; ///< Of hosts among their equals.

  struct key_hash {
    size_t operator()(const function_key& x) const noexcept {
      return std::hash<void*>{}(reinterpret_cast<void*>(x.address));
    }
  };

  mutable std::shared_mutex mutex_;
  /// Null for functions without a name, as long as no more are registered.
  std::unordered_map<function_key, known_function*, key_hash> by_key_;
  std::map<std::string, std::unique_ptr<known_function>> functions_;
  size_t registered_ = 0;
};

} // namespace morph::tasks
