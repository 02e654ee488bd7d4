// ActiveHealth: whether an endpoint is up, as its health checks tell, and when the next check is
// due. One instance belongs to one endpoint and to the thread that checks it. No I/O, no clock.
//
// It is up until checks have failed `unhealthy` times in a row, and down until they have succeeded
// `healthy` times in a row. Checks go on in either state at the same pace, so that an endpoint that
// works again is always found.
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/resilience.hpp"

namespace apiforge::policy {

enum class HealthTurn : std::uint8_t { CameUp, WentDown };

class ActiveHealth {
 public:
  /// What nothing is known of is up, so that no call waits for the first check. That is due at
  /// once.
  ActiveHealth(const model::HealthCheck& config, MonotonicTime now, bool up = true);

  /// Takes in the result of the check that began at `begun`, and draws the time of the next one:
  /// an interval later, give or take kJitterPercent.
  std::optional<HealthTurn> update(MonotonicTime begun, bool success, Random& random);

  bool is_up() const { return up_; }
  /// Not necessarily in the future: a check may take longer than the interval.
  MonotonicTime next_check() const { return next_check_; }

  static constexpr std::uint32_t kJitterPercent = 10;

 private:
  std::uint32_t healthy_;
  std::uint32_t unhealthy_;
  std::chrono::nanoseconds interval_;
  bool up_;
  std::uint32_t against_ = 0;  ///< results in a row that speak against `up_`
  MonotonicTime next_check_;
};

}  // namespace apiforge::policy
