// The statistics of calls as the control API shows them. Pure; any thread.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <span>
#include <string>

#include "admin/active_api.hpp"
#include "observe/metrics_reading.hpp"

namespace apiforge::admin {

/// Which Apis and tenants are shown.
struct StatisticsView {
  std::function<bool(const ActiveApi& api)> shows_api;
  std::function<bool(const std::string& tenant)> shows_tenant;
};

/// `{totals, apis, tenants}`: an Api that nobody has called is there with zeros; totals are those
/// of the Apis that are shown. `reading` is sorted as MetricsRegistry does.
boost::json::object gateway_statistics(const observe::CallReading& reading,
                                       std::span<const ActiveApi> apis, const StatisticsView& view);

}  // namespace apiforge::admin
