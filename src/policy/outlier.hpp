// Passive outlier detection: endpoints that fail calls, or are far slower than the others, are
// ejected for a while. One instance belongs to one Api on one worker and is used by that worker
// only. No I/O.
//
// An ejected endpoint returns by itself when its time is over. It is then on probation: a few calls
// are enough to eject it again, and for longer. It is as good as new when what it was ejected for
// is disproved. Never are all endpoints ejected.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "model/api.hpp"

namespace apiforge::policy {

/// How a call ended, as far as its endpoint is to blame. What the gateway itself refused, and what
/// a caller cancelled, is no result at all and must not be reported.
enum class CallResult : std::uint8_t { Success, Failure };

/// Calls and failures of the last 10 s.
class CallWindow {
 public:
  void add(bool failed, MonotonicTime now);
  void clear() { *this = {}; }
  std::uint32_t calls() const { return calls_; }
  std::uint32_t failures() const { return failures_; }

 private:
  static constexpr std::size_t kSlots = 10;
  static constexpr std::chrono::nanoseconds kSlotWidth = std::chrono::seconds(1);
  struct Slot {
    std::uint32_t calls = 0;
    std::uint32_t failures = 0;
  };

  void advance(MonotonicTime now);

  std::array<Slot, kSlots> slots_{};
  std::int64_t newest_ = 0;  ///< number of the slot that `now` was last in
  std::uint32_t calls_ = 0;  ///< sums over the slots
  std::uint32_t failures_ = 0;
};

class OutlierDetector {
 public:
  OutlierDetector(const model::OutlierEjection& config, std::size_t endpoints);

  /// Takes the result of a call in; true when it ejected the endpoint. `latency` is that of a
  /// reply, or of waiting for one in vain; none for a call that got no connection. Results that
  /// arrive while the endpoint is ejected are of calls sent before, or in panic, and are ignored.
  bool on_result(std::size_t endpoint, CallResult result, MonotonicTime now,
                 std::optional<std::chrono::nanoseconds> latency = std::nullopt);

  /// Health checks have found the endpoint well: it returns now, with nothing held against it.
  void forgive(std::size_t endpoint) { endpoints_[endpoint] = {}; }

  bool is_ejected(std::size_t endpoint, MonotonicTime now) const {
    return now < endpoints_[endpoint].ejected_until;
  }
  /// Returned, and not judged yet: to be sent one call at a time, or all that arrive while the
  /// first is slow would be slow.
  bool is_on_probation(std::size_t endpoint) const {
    return endpoints_[endpoint].last_reason != Reason::None &&
           endpoints_[endpoint].window.calls() < kProbationCalls;
  }
  std::size_t ejected_count(MonotonicTime now) const;
  /// How many endpoints may be ejected at the same time.
  std::size_t max_ejected() const;

  /// What is enough calls to judge an endpoint on probation.
  static constexpr std::uint32_t kProbationCalls = 3;

 private:
  enum class Reason : std::uint8_t { None, InARow, Rate, Latency };
  struct Endpoint {
    std::uint32_t in_a_row = 0;         ///< failures
    std::uint32_t ejections = 0;        ///< without having proved well in between
    Reason last_reason = Reason::None;  ///< of the last ejection, while it is not disproved
    MonotonicTime ejected_until = MonotonicTime::min();
    CallWindow window;
    double log_latency = 0;       ///< running mean of the logarithms; nanoseconds
    std::uint32_t latencies = 0;  ///< how many it is made of, as far as that matters
  };

  void note(Endpoint& state, CallResult result, MonotonicTime now,
            std::optional<std::chrono::nanoseconds> latency) const;
  Reason reason_to_eject(const Endpoint& state, CallResult result, MonotonicTime now);
  bool far_slower_than_others(const Endpoint& state, MonotonicTime now);
  void find_median(MonotonicTime now);
  void forgive_when_disproved(Endpoint& state, CallResult result) const;
  std::chrono::nanoseconds ejection_time(std::uint32_t ejections) const;

  model::OutlierEjection config_;
  std::vector<Endpoint> endpoints_;
  std::vector<double> known_;  ///< scratch: logarithms to find the median of
  std::optional<double> median_;
  MonotonicTime median_at_ = MonotonicTime::min();
};

}  // namespace apiforge::policy
