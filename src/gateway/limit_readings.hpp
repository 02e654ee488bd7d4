// Limits and breakers as numbers for the metrics: sources for observe::MetricsRegistry. The number
// of series follows the configuration. Any thread.
#pragma once
#include <vector>

#include "base/clock.hpp"
#include "gateway/snapshot.hpp"
#include "observe/metrics_reading.hpp"

namespace apiforge::gateway {

/// `apiforge_quota_calls_total` by tenant, quota and ruling.
void append_limit_readings(const Snapshot& snapshot, std::vector<observe::ExtraReading>& out);

/// `apiforge_breaker_state` (1 for the state that it is in) and `apiforge_breaker_rejections_total`
/// by api, version and endpoint; the endpoint is empty for the breaker of an Api as a whole.
void append_breaker_readings(const Snapshot& snapshot, MonotonicTime now,
                             std::vector<observe::ExtraReading>& out);

}  // namespace apiforge::gateway
