// MemoryCounters: SharedCounters within one process, for tests of what uses them. Answers before
// `lease` returns. One thread; owned by the test.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "shared_state/shared_counters.hpp"

namespace apiforge::shared_state {

class MemoryCounters final : public SharedCounters {
 public:
  static constexpr std::chrono::seconds kLeaseValidity{1};

  explicit MemoryCounters(const Clock& clock) : clock_(clock) {}

  void lease(const SharedRate& rate, std::int64_t units, bool exactly, OnLease done) override;
  bool reachable() const override { return !is_away_; }
  std::uint32_t nodes() const override { return nodes_; }

  /// Goes away, or comes back; then all buckets are empty.
  void set_away(bool away);
  void set_nodes(std::uint32_t nodes) { nodes_ = nodes; }

 private:
  const Clock& clock_;
  std::unordered_map<std::string, MonotonicTime> full_at_;  ///< the TAT of each bucket
  MonotonicTime empty_at_{};  ///< all buckets were at that time; in the past at the start
  std::uint32_t nodes_ = 1;
  bool is_away_ = false;
  bool was_away_ = false;
};

}  // namespace apiforge::shared_state
