// Passive outlier detection: endpoints that fail several calls in a row are ejected for a while.
// One instance belongs to one Api on one worker and is used by that worker only. No I/O.
//
// An ejected endpoint returns by itself when its time is over. When it then fails again it is
// ejected for longer; its first success makes it as good as new. Never are all endpoints ejected.
#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "model/api.hpp"

namespace apiforge::policy {

/// How a call ended, as far as its endpoint is to blame. What the gateway itself refused, and what
/// a caller cancelled, is no result at all and must not be reported.
enum class CallResult : std::uint8_t { Success, Failure };

class OutlierDetector {
 public:
  OutlierDetector(const model::OutlierEjection& config, std::size_t endpoints);

  /// Takes the result of a call in; true when it ejected the endpoint. Results that arrive while
  /// the endpoint is ejected are of calls sent before, or in panic, and are ignored.
  bool on_result(std::size_t endpoint, CallResult result, MonotonicTime now);

  bool is_ejected(std::size_t endpoint, MonotonicTime now) const {
    return now < endpoints_[endpoint].ejected_until;
  }
  std::size_t ejected_count(MonotonicTime now) const;
  /// How many endpoints may be ejected at the same time.
  std::size_t max_ejected() const;

 private:
  struct Endpoint {
    std::uint32_t failures = 0;   ///< in a row
    std::uint32_t ejections = 0;  ///< in a row
    MonotonicTime ejected_until = MonotonicTime::min();
  };

  std::chrono::nanoseconds ejection_time(std::uint32_t ejections) const;

  model::OutlierEjection config_;
  std::vector<Endpoint> endpoints_;
};

}  // namespace apiforge::policy
