#include "policy/rate.hpp"

#include <algorithm>
#include <bit>

namespace apiforge::policy {
namespace {

using std::chrono::nanoseconds;
__extension__ using Wide = unsigned __int128;

// A gcra counter is the moment at which it is full again, in 1/32 ns since the clock's beginning:
// eighteen years fit.
constexpr std::uint64_t kTicksPerNanosecond = 32;
// A quantum takes this long at least, so that rounding an interval up costs less than 0.8 %.
constexpr std::uint64_t kMinInterval = 128;
constexpr std::uint64_t kMaxCapacity = std::uint64_t{1} << 61;

// A window's counter: number of the window, share of the limit that the window before had, units of
// this one. Windows are numbered for ten years of the clock.
constexpr nanoseconds kHorizon = std::chrono::years(10);
constexpr int kShareBits = 11;
constexpr std::int64_t kFullShare = (1 << kShareBits) - 1;

std::uint64_t divided_up(Wide dividend, std::uint64_t divisor) {
  return static_cast<std::uint64_t>((dividend + divisor - 1) / divisor);
}

std::uint64_t ns_of(MonotonicTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

std::uint64_t ticks_at(MonotonicTime time) {
  return ns_of(time) * kTicksPerNanosecond;
}

nanoseconds duration_of(std::uint64_t ticks) {
  return nanoseconds(divided_up(ticks, kTicksPerNanosecond));
}

std::uint64_t low_bits(int count) {
  return (std::uint64_t{1} << count) - 1;
}

}  // namespace

RateRule::RateRule(const model::Quota& quota)
    : RateRule(quota.algorithm, quota.limit.amount, quota.limit.per, quota.limit.burst) {}

RateRule::RateRule(model::LimitAlgorithm algorithm, std::int64_t amount, nanoseconds per,
                   std::int64_t burst)
    : algorithm_(algorithm),
      amount_(std::max<std::int64_t>(amount, 1)),
      limit_(amount_),
      per_(std::max(per, nanoseconds(1))) {
  if (has_windows()) {
    lay_out_windows();
  } else {
    lay_out_ticks(burst > 0 ? burst : amount_);
  }
}

void RateRule::lay_out_ticks(std::int64_t burst) {
  const auto amount = static_cast<std::uint64_t>(amount_);
  const Wide per = Wide{static_cast<std::uint64_t>(per_.count())} * kTicksPerNanosecond;
  const auto together = static_cast<std::int64_t>(
      divided_up(Wide{kMinInterval} * amount, static_cast<std::uint64_t>(per)));
  quantum_ = std::clamp<std::int64_t>(together, 1, burst);
  interval_ = divided_up(per * static_cast<std::uint64_t>(quantum_), amount);
  const std::uint64_t quanta =
      std::min(static_cast<std::uint64_t>(burst / quantum_), kMaxCapacity / interval_);
  capacity_ = quanta * interval_;
  limit_ = static_cast<std::int64_t>(quanta) * quantum_;
}

void RateRule::lay_out_windows() {
  const auto windows = static_cast<std::uint64_t>(kHorizon / per_) + 1;
  previous_bits_ = algorithm_ == model::LimitAlgorithm::SlidingWindow ? kShareBits : 0;
  current_bits_ = 64 - std::bit_width(windows) - previous_bits_;
  quantum_ = static_cast<std::int64_t>(
      divided_up(static_cast<std::uint64_t>(amount_), low_bits(current_bits_)));
  limit_ = amount_ / quantum_ * quantum_;
}

RateVerdict RateRule::decide(std::uint64_t counter, MonotonicTime now, std::int64_t cost,
                             std::int64_t kept) const {
  cost = std::max<std::int64_t>(cost, 0);
  kept = std::clamp<std::int64_t>(kept, 0, limit_);
  return has_windows() ? decide_window(counter, now, cost, kept)
                       : decide_gcra(counter, now, cost, kept);
}

std::uint64_t RateRule::give_back(std::uint64_t counter, MonotonicTime now,
                                  std::int64_t cost) const {
  if (counter == 0 || cost <= 0) return counter;
  const std::int64_t units = std::min(cost, limit_);
  if (!has_windows()) return counter - std::min(counter, ticks_of(units));
  Window window = window_at(counter, now);
  const std::int64_t from_current = std::min(units, window.current);
  window.current -= from_current;
  window.previous -= std::min(units - from_current, window.previous);
  return packed(window);
}

std::uint64_t RateRule::charge(std::uint64_t counter, MonotonicTime now, std::int64_t cost) const {
  if (cost <= 0) return counter;
  const std::int64_t units = std::min(cost, limit_);
  if (!has_windows()) {
    const std::uint64_t from = ticks_at(now);
    return std::max(counter, std::min(std::max(counter, from) + ticks_of(units), from + capacity_));
  }
  Window window = window_at(counter, now);
  window.current = std::max(window.current, std::min(window.current + units, limit_));
  return packed(window);
}

MonotonicTime RateRule::idle_from(std::uint64_t counter) const {
  if (counter == 0) return MonotonicTime{};
  if (!has_windows()) return MonotonicTime(duration_of(counter));
  const auto index = static_cast<std::int64_t>(counter >> (current_bits_ + previous_bits_));
  return MonotonicTime(per_ * (index + (previous_bits_ > 0 ? 2 : 1)));
}

// --- gcra --------------------------------------------------------------------------------------

std::uint64_t RateRule::ticks_of(std::int64_t units) const {
  if (quantum_ == 1) return static_cast<std::uint64_t>(units) * interval_;
  return static_cast<std::uint64_t>((units + quantum_ - 1) / quantum_) * interval_;
}

RateVerdict RateRule::decide_gcra(std::uint64_t counter, MonotonicTime now, std::int64_t cost,
                                  std::int64_t kept) const {
  const std::uint64_t from = ticks_at(now);
  const std::uint64_t debt = std::max(counter, from) - from;
  RateVerdict verdict{.never = cost > limit_ - kept, .next = counter};
  // Not more than the capacity: what is above the limit was ruled out.
  const std::uint64_t wanted = verdict.never ? 0 : ticks_of(cost);
  const std::uint64_t reserved = ticks_of(kept);
  verdict.allowed = !verdict.never && debt + wanted + reserved <= capacity_;
  const std::uint64_t after = debt + (verdict.allowed ? wanted : 0);
  if (verdict.allowed && cost > 0) verdict.next = from + after;
  if (after + reserved < capacity_) {
    const std::uint64_t quanta = (capacity_ - reserved - after) / interval_;
    verdict.remaining = static_cast<std::int64_t>(quanta) * quantum_;
  }
  if (!verdict.allowed && !verdict.never) {
    verdict.retry_after = duration_of(debt + wanted + reserved - capacity_);
  }
  verdict.reset_after = duration_of(after);
  return verdict;
}

// --- windows -----------------------------------------------------------------------------------

RateRule::Window RateRule::window_at(std::uint64_t counter, MonotonicTime now) const {
  const auto per = static_cast<std::uint64_t>(per_.count());
  const std::uint64_t counted_in = counter >> (current_bits_ + previous_bits_);
  // A thread whose time is a little behind must not begin the last window anew.
  const std::uint64_t time = std::max(ns_of(now), counted_in * per);
  Window window{.index = time / per};
  window.elapsed = static_cast<std::int64_t>(time - window.index * per);
  const auto units = static_cast<std::int64_t>(counter & low_bits(current_bits_)) * quantum_;
  if (counted_in == window.index) {
    const std::uint64_t share = (counter >> current_bits_) & low_bits(previous_bits_);
    window.current = units;
    window.previous = static_cast<std::int64_t>(Wide{share} * static_cast<std::uint64_t>(limit_) /
                                                static_cast<std::uint64_t>(kFullShare));
  } else if (counted_in + 1 == window.index && previous_bits_ > 0) {
    window.previous = std::min(units, limit_);
  }
  return window;
}

std::uint64_t RateRule::packed(const Window& window) const {
  if (window.current == 0 && window.previous == 0) return 0;
  const auto limit = static_cast<std::uint64_t>(limit_);
  // Up, so that the share stands for at least what it was made of; then it is exact or above.
  const std::uint64_t share =
      previous_bits_ == 0
          ? 0
          : divided_up(Wide{static_cast<std::uint64_t>(window.previous)} * kFullShare, limit);
  const auto quanta = static_cast<std::uint64_t>((window.current + quantum_ - 1) / quantum_);
  return (((window.index << previous_bits_) | share) << current_bits_) | quanta;
}

/// What still counts of the window before, as if its units had come evenly.
std::int64_t RateRule::weighted(std::int64_t previous, std::int64_t elapsed) const {
  if (previous == 0) return 0;
  const auto left = static_cast<std::uint64_t>(per_.count() - elapsed);
  return static_cast<std::int64_t>(Wide{static_cast<std::uint64_t>(previous)} * left /
                                   static_cast<std::uint64_t>(per_.count()));
}

/// The first moment of a window at which no more than `room` units of the one before count.
std::int64_t RateRule::elapsed_until(std::int64_t previous, std::int64_t room) const {
  if (previous <= room) return 0;
  const Wide per = static_cast<std::uint64_t>(per_.count());
  const std::uint64_t left =
      divided_up(per * static_cast<std::uint64_t>(room + 1), static_cast<std::uint64_t>(previous));
  return per_.count() - static_cast<std::int64_t>(left) + 1;
}

/// Until `needed` units fit; they do fit into an empty window.
nanoseconds RateRule::retry_after(const Window& window, std::int64_t needed) const {
  const std::int64_t room = limit_ - window.current - needed;
  if (room >= 0) {
    const std::int64_t moment = elapsed_until(window.previous, room);
    if (moment < per_.count()) return nanoseconds(moment - window.elapsed);
  }
  const std::int64_t before = previous_bits_ > 0 ? window.current : 0;
  return nanoseconds(per_.count() - window.elapsed + elapsed_until(before, limit_ - needed));
}

RateVerdict RateRule::decide_window(std::uint64_t counter, MonotonicTime now, std::int64_t cost,
                                    std::int64_t kept) const {
  Window window = window_at(counter, now);
  const std::int64_t before = weighted(window.previous, window.elapsed);
  RateVerdict verdict{.never = cost > limit_ - kept, .next = counter};
  verdict.allowed = !verdict.never && cost <= limit_ - kept - before - window.current;
  if (!verdict.allowed && !verdict.never) verdict.retry_after = retry_after(window, cost + kept);
  if (verdict.allowed && cost > 0) {
    window.current += (cost + quantum_ - 1) / quantum_ * quantum_;
    verdict.next = packed(window);
  }
  verdict.remaining = std::max<std::int64_t>(limit_ - kept - before - window.current, 0);
  if (window.current > 0) {
    verdict.reset_after = per_ * (previous_bits_ > 0 ? 2 : 1) - nanoseconds(window.elapsed);
  } else if (window.previous > 0) {
    verdict.reset_after = per_ - nanoseconds(window.elapsed);
  }
  return verdict;
}

}  // namespace apiforge::policy
