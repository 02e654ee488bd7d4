#include "shared_state/memory_counters.hpp"

#include <algorithm>
#include <utility>

namespace apiforge::shared_state {
namespace {

__extension__ using Wide = __int128;

/// Of positive numbers, rounded up.
std::int64_t scaled_up(std::int64_t value, std::int64_t by, std::int64_t over) {
  return static_cast<std::int64_t>((Wide{value} * by + over - 1) / over);
}

std::int64_t scaled(std::int64_t value, std::int64_t by, std::int64_t over) {
  return static_cast<std::int64_t>(Wide{value} * by / over);
}

/// How far into a window no more than `room` of the units before it count.
std::int64_t time_until(std::int64_t before, std::int64_t room, std::int64_t per) {
  return before <= room ? 0 : per - scaled_up(per, room + 1, before) + 1;
}

}  // namespace

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
  const std::int64_t needed = exactly ? units : 1;
  const bool is_bucket = rate.algorithm == model::LimitAlgorithm::Gcra;
  done(is_bucket ? lease_of_bucket(rate, units, needed) : lease_of_window(rate, units, needed));
}

Lease MemoryCounters::lease_of_bucket(const SharedRate& rate, std::int64_t units,
                                      std::int64_t needed) {
  const MonotonicTime now = clock_.now();
  const std::chrono::nanoseconds step(1 + (rate.per.count() - 1) / rate.amount);  // rounded up
  const std::chrono::nanoseconds full = step * rate.burst;
  MonotonicTime& full_at = full_at_[rate.key];
  if (was_away_) full_at = std::max(full_at, empty_at_ + full);
  full_at = std::max(full_at, now);
  const std::int64_t free = (now + full - full_at) / step;
  Lease lease{.units = std::clamp<std::int64_t>(free, 0, units),
              .valid_for = kLeaseValidity,
              .retry_after = {}};
  if (free < needed) {
    lease.units = 0;
    lease.retry_after = full_at + step * needed - now - full;
  }
  full_at += step * lease.units;
  return lease;
}

Lease MemoryCounters::lease_of_window(const SharedRate& rate, std::int64_t units,
                                      std::int64_t needed) {
  const bool slides = rate.algorithm == model::LimitAlgorithm::SlidingWindow;
  const std::int64_t per = rate.per.count();
  const std::int64_t now = clock_.now().time_since_epoch().count();
  const std::int64_t index = now / per;
  const std::int64_t end = (index + 1) * per;
  const std::string key = rate.key + (slides ? " sliding " : " fixed ") + std::to_string(per);
  Window& window = windows_.try_emplace(key, Window{.index = index}).first->second;
  move_on(window, rate, index);

  const std::int64_t back =
      window.empty_at == 0 ? 0 : scaled(rate.amount, now - window.empty_at, per);
  const std::int64_t free =
      rate.amount - window.taken - scaled(window.before, end - now, per) + back;
  const std::chrono::nanoseconds rest(
      per < std::chrono::nanoseconds(kShortWindow).count() ? per : end - now);
  Lease lease{.units = std::clamp<std::int64_t>(free, 0, units),
              .valid_for = std::min<std::chrono::nanoseconds>(kLeaseValidity, rest),
              .retry_after = {}};
  if (free >= needed) {
    window.taken += lease.units;
    return lease;
  }
  lease.units = 0;
  const std::int64_t room = rate.amount - window.taken - needed;
  std::int64_t next = end;
  if (window.empty_at != 0) {
    next = window.empty_at + scaled_up(per, -room, rate.amount);
  } else if (room >= 0) {
    next = end - per + time_until(window.before, room, per);
  }
  if (next >= end) {
    const std::int64_t before = slides ? std::min(window.taken, rate.amount) : 0;
    next = end + time_until(before, std::max<std::int64_t>(rate.amount - needed, 0), per);
  }
  lease.retry_after = std::chrono::nanoseconds(next - now);
  return lease;
}

void MemoryCounters::move_on(Window& window, const SharedRate& rate, std::int64_t index) const {
  const bool slides = rate.algorithm == model::LimitAlgorithm::SlidingWindow;
  if (window.index < index) {
    const bool counts = slides && window.index + 1 == index;
    window = {.index = index, .before = counts ? std::min(window.taken, rate.amount) : 0};
  }
  const std::int64_t empty_at = empty_at_.time_since_epoch().count();
  if (!was_away_ || empty_at <= window.empty_at) return;
  const std::int64_t start = index * rate.per.count();
  if (empty_at >= start) {
    window = {.index = index, .taken = rate.amount, .before = 0, .empty_at = empty_at};
  } else if (slides && empty_at >= start - rate.per.count()) {
    window.before = rate.amount;
  }
}

}  // namespace apiforge::shared_state
