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
  std::uint32_t nodes() const override { return 1; }

  /// Goes away, or comes back; then all counters are empty.
  void set_away(bool away);

 private:
  /// The units of a window and of the one before.
  struct Window {
    std::int64_t index = 0;
    std::int64_t taken = 0;
    std::int64_t before = 0;
    /// It was empty then, and fills evenly from there to its end; 0: as any other.
    std::int64_t empty_at = 0;
  };

  Lease lease_of_bucket(const SharedRate& rate, std::int64_t units, std::int64_t needed);
  Lease lease_of_window(const SharedRate& rate, std::int64_t units, std::int64_t needed);
  void move_on(Window& window, const SharedRate& rate, std::int64_t index) const;

  const Clock& clock_;
  std::unordered_map<std::string, MonotonicTime> full_at_;  ///< the TAT of each bucket
  std::unordered_map<std::string, Window> windows_;
  MonotonicTime empty_at_{};  ///< all counters were at that time; in the past at the start
  bool is_away_ = false;
  bool was_away_ = false;
};

}  // namespace apiforge::shared_state
