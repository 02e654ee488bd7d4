// AdaptiveLimit: how many calls of an endpoint may run at once, by what their latency says (the
// gradient of long-term to short-term latency, as in Netflix's concurrency-limits), and which of
// them go first when that is too few. Pure; one worker's.
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "model/quota.hpp"

namespace apiforge::policy {

class AdaptiveLimit {
 public:
  explicit AdaptiveLimit(const model::AdaptiveConcurrency& config);

  /// Whether a call of that class may begin now, beside `in_flight` others of all classes. The less
  /// urgent a class is, the smaller is its share of the limit; `Admin` always may.
  bool admits(model::PriorityClass priority, std::uint32_t in_flight) const;
  /// A call of an upstream has ended that was one of `in_flight`. Refused and cancelled ones are
  /// not told.
  void on_latency(std::chrono::nanoseconds latency, std::uint32_t in_flight, MonotonicTime now);
  /// The upstream said that it has too much to do (429, 503, timeout).
  void on_overload(MonotonicTime now);
  /// Between `min` and `max`.
  std::uint32_t limit() const;

 private:
  void adjust(double latency);
  void clamp_limit();

  model::AdaptiveConcurrency config_;
  double limit_ = 0;
  double long_term_ = 0;  ///< mean latency in nanoseconds, of about the last kLongTerm intervals
  std::uint32_t intervals_ = 0;
  // Of the interval that began at `interval_from_`:
  MonotonicTime interval_from_{};
  double latency_sum_ = 0;
  std::uint32_t samples_ = 0;
  std::uint32_t most_in_flight_ = 0;
  MonotonicTime no_cut_before_{};
};

}  // namespace apiforge::policy
