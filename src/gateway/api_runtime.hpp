// ApiRuntime: what one worker keeps of one Api: loads, ejections, retry budget, connections, cells.
// Used by that worker only. WorkerView: all of them for one Snapshot.
#pragma once
#include <memory>
#include <unordered_map>
#include <vector>

#include "gateway/snapshot.hpp"
#include "net/upstream_pool.hpp"
#include "observe/call_metrics.hpp"
#include "observe/metrics_registry.hpp"
#include "policy/balancer.hpp"
#include "policy/outlier.hpp"
#include "policy/retry.hpp"

namespace apiforge::gateway {

struct EndpointRuntime {
  const CompiledEndpoint* config;
  std::shared_ptr<net::UpstreamPool> pool;
  std::shared_ptr<observe::EndpointCells> cells;
  net::UpstreamPoolCounts published{};  ///< what of the pool's counts the cells already have
};

struct ApiRuntime {
  std::shared_ptr<const CompiledApi> api;
  std::vector<EndpointRuntime> endpoints;
  std::vector<policy::EndpointLoad> loads;  ///< one for each endpoint
  policy::Balancer balancer;
  policy::OutlierDetector outliers;
  policy::RetryBudget retry_budget;
  std::shared_ptr<observe::ApiCells> cells;

  /// Marks ejected endpoints as unavailable; cheap when there is one endpoint.
  void refresh_availability(MonotonicTime now);
  /// Copies gauges to the cells; called on the worker's tick.
  void publish_gauges(MonotonicTime now);
};

/// What a worker needs to build runtimes.
struct RuntimeContext {
  std::size_t worker_index;
  net::EventLoop& loop;
  net::Dialer& dialer;
  observe::MetricsRegistry& metrics;
  std::string& scratch;  ///< for heads towards upstreams
};

struct WorkerView {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::shared_ptr<ApiRuntime>> apis;  ///< by index of Snapshot::apis
};

/// Builds the view of a Snapshot; runtimes of unchanged Apis are those of `previous`.
WorkerView make_view(std::shared_ptr<const Snapshot> snapshot, const WorkerView& previous,
                     const RuntimeContext& context);

}  // namespace apiforge::gateway
