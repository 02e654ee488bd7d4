#include "connectors/server_clock.hpp"

#include <algorithm>

namespace apiforge::connectors {
namespace {

std::int64_t nanoseconds_of(MonotonicTime time) {
  return time.time_since_epoch().count();
}

/// How far two readings of clocks that nobody set may disagree after `age`: 100 parts in a million
/// of drift, and the provider's resolution of a millisecond.
std::int64_t tolerance_after(std::int64_t age) {
  return age / 10'000 + 1'000'000;
}

}  // namespace

WallTime ServerClock::correct(WallTime local) const {
  return local + offset();
}

bool ServerClock::claim_query(MonotonicTime now) const {
  const std::int64_t at = nanoseconds_of(now);
  const std::int64_t answered_at = answered_at_.load(std::memory_order_relaxed);
  const bool is_due = answered_at == kNever || is_stale_.load(std::memory_order_relaxed) ||
                      at - answered_at > settings_.refresh_after.count();
  if (!is_due) return false;

  std::int64_t next = next_query_.load(std::memory_order_relaxed);
  if (next != kNever && at < next) return false;
  constexpr std::uint32_t kMaxDoublings = 16;
  const std::uint32_t unanswered = unanswered_.load(std::memory_order_relaxed);
  const std::int64_t wait =
      std::min(settings_.query_interval.count() << std::min(unanswered, kMaxDoublings),
               settings_.max_query_interval.count());
  if (!next_query_.compare_exchange_strong(next, at + wait, std::memory_order_relaxed)) {
    return false;
  }
  unanswered_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void ServerClock::learn(WallTime server, WallTime sent, WallTime received,
                        MonotonicTime now) const {
  const std::int64_t round_trip = (received - sent).count();
  if (round_trip < 0 || round_trip > settings_.max_round_trip.count()) return;
  if (is_learning_.test_and_set(std::memory_order_acquire)) return;
  // The provider read its clock at some local time in [sent, received], so its offset lies in
  // [server - received, server - sent]. The lower bound is the one that errs on the past.
  const std::int64_t offset = (server - received).count();
  const std::int64_t at = nanoseconds_of(now);
  if (replaces_reading(offset, round_trip, at)) {
    offset_.store(offset, std::memory_order_relaxed);
    round_trip_.store(round_trip, std::memory_order_relaxed);
    read_at_.store(at, std::memory_order_relaxed);
  }
  is_stale_.store(false, std::memory_order_relaxed);
  answered_at_.store(at, std::memory_order_relaxed);
  unanswered_.store(0, std::memory_order_relaxed);
  next_query_.store(at + settings_.query_interval.count(), std::memory_order_relaxed);
  is_learning_.clear(std::memory_order_release);
}

bool ServerClock::replaces_reading(std::int64_t offset, std::int64_t round_trip,
                                   std::int64_t now) const {
  const std::int64_t read_at = read_at_.load(std::memory_order_relaxed);
  if (read_at == kNever || is_stale_.load(std::memory_order_relaxed)) return true;
  const std::int64_t age = now - read_at;
  const std::int64_t known_offset = offset_.load(std::memory_order_relaxed);
  const std::int64_t known_round_trip = round_trip_.load(std::memory_order_relaxed);
  if (age > settings_.expire_after.count() || round_trip <= known_round_trip) return true;
  // Two readings that exclude each other mean that one of the clocks was set in between.
  const std::int64_t tolerance = tolerance_after(age);
  return offset > known_offset + known_round_trip + tolerance ||
         offset + round_trip < known_offset - tolerance;
}

}  // namespace apiforge::connectors
