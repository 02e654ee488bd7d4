// The periods in which quotas are counted, in UTC. Pure; any thread.
#pragma once
#include "base/clock.hpp"
#include "model/quota.hpp"

namespace apiforge::quota {

/// The beginning of the period in which `at` is: of the minute, hour or day, or the first of the
/// month. UTC knows no summer time, and system clocks no leap second, so days are 24 hours.
WallTime period_start(WallTime at, model::Period period);
/// Its end, which is the beginning of the next.
WallTime period_end(WallTime at, model::Period period);

}  // namespace apiforge::quota
