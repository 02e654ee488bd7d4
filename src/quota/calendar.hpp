// The periods in which quotas are counted, in UTC. Pure; any thread.
#pragma once
#include "base/clock.hpp"
#include "model/quota.hpp"

namespace apiforge::quota {

struct CountingPeriod {
  WallTime start{};
  WallTime end{};  ///< the first moment that is not in it
  friend bool operator==(const CountingPeriod&, const CountingPeriod&) = default;
};

/// The beginning of the period in which `at` is: of the minute, hour or day, or the first of the
/// month. UTC knows no summer time, and system clocks no leap second, so days are 24 hours.
WallTime period_start(WallTime at, model::Period period);
/// Its end, which is the beginning of the next.
WallTime period_end(WallTime at, model::Period period);

/// The period in which a limit counts what is used at `at`: that of its `period`, else the window
/// of its `per` (more than 0) among those that follow one another since 1970, which is the same for
/// all nodes.
CountingPeriod counting_period(const model::Limit& limit, WallTime at);

}  // namespace apiforge::quota
