#include "shared_state/memory_counters.hpp"

#include <algorithm>
#include <utility>

namespace apiforge::shared_state {

void MemoryCounters::set_away(bool away) {
  if (is_away_ && !away) {
    was_away_ = true;
    empty_at_ = clock_.now();
  }
  is_away_ = away;
}

void MemoryCounters::lease(const SharedRate& rate, std::int64_t units, bool exactly, OnLease done) {
  if (is_away_) {
    return done(fail(ErrorCode::StorageUnavailable, "the shared state cannot be reached"));
  }
  const MonotonicTime now = clock_.now();
  const std::chrono::nanoseconds step(1 + (rate.per.count() - 1) / rate.amount);  // rounded up
  const std::chrono::nanoseconds full = step * rate.burst;
  MonotonicTime& full_at = full_at_[rate.key];
  if (was_away_) full_at = std::max(full_at, empty_at_ + full);
  full_at = std::max(full_at, now);
  const std::int64_t free = (now + full - full_at) / step;
  const std::int64_t needed = exactly ? units : 1;
  Lease lease{.units = std::clamp<std::int64_t>(free, 0, units),
              .valid_for = kLeaseValidity,
              .retry_after = {},
              .nodes = std::max(nodes_, 1U)};
  if (free < needed) {
    lease.units = 0;
    lease.retry_after = full_at + step * needed - now - full;
  }
  full_at += step * lease.units;
  done(lease);
}

}  // namespace apiforge::shared_state
