// Slow start: an endpoint that came back, or was added, gets a part of its share of the calls at
// first, so that it can warm up its caches and connections. Pure.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"

namespace apiforge::policy {

inline constexpr std::uint32_t kSlowStartPercent = 10;

/// What part of its weight an endpoint carries at `now` that is there since `since`: 10 % at
/// first, growing evenly to 100 % within `duration`. 100 when `duration` is 0.
inline std::uint32_t slow_start_percent(MonotonicTime since, MonotonicTime now,
                                        std::chrono::nanoseconds duration) {
  // Also keeps the difference below from overflowing when `since` is the earliest time there is.
  if (duration.count() <= 0 || since <= now - duration) return 100;
  const auto passed = static_cast<double>(std::max<std::int64_t>(0, (now - since).count()));
  const double grown = passed / static_cast<double>(duration.count());
  return kSlowStartPercent + static_cast<std::uint32_t>(grown * (100 - kSlowStartPercent));
}

}  // namespace apiforge::policy
