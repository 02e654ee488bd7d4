// active_apis: what the control plane tells of the Snapshot in force. Any thread.
#pragma once
#include <string_view>
#include <vector>

#include "admin/active_api.hpp"
#include "gateway/snapshot.hpp"
#include "observe/health.hpp"
#include "observe/metrics_reading.hpp"

namespace apiforge::app {

std::vector<admin::ActiveApi> active_apis(const gateway::Snapshot& snapshot);
/// Those of one name; none when there is no such Api.
std::vector<admin::ActiveApi> active_versions(const gateway::Snapshot& snapshot,
                                              std::string_view name);

/// Of the endpoints that are checked: degraded while one is down, and down while an API has none
/// that is up.
observe::ComponentHealth upstream_health(const gateway::Snapshot& snapshot);

/// What providers report of the use of their limits.
void add_usage(const gateway::Snapshot& snapshot, std::vector<observe::ExtraReading>& readings);

}  // namespace apiforge::app
