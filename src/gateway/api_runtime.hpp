// ApiRuntime: what one worker keeps of one Api: loads, ejections, budgets, connections, cells. Used
// by that worker only. WorkerView: the Snapshot in force on a worker, with what it keeps of the
// Apis that it was called for.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "gateway/snapshot.hpp"
#include "net/upstream_pool.hpp"
#include "observe/call_metrics.hpp"
#include "observe/metrics_registry.hpp"
#include "policy/adaptive_limit.hpp"
#include "policy/balancer.hpp"
#include "policy/hedge.hpp"
#include "policy/outlier.hpp"
#include "policy/retry.hpp"

namespace apiforge::gateway {

struct EndpointRuntime {
  const CompiledEndpoint* config;
  std::shared_ptr<net::UpstreamPool> pool;
  std::shared_ptr<observe::EndpointCells> cells;
  net::UpstreamPoolCounts published{};  ///< what of the pool's counts the cells already have
  MonotonicTime back_at = MonotonicTime::min();        ///< when health checks last brought it back
  std::optional<policy::AdaptiveLimit> adaptive = {};  ///< of calls at once; absent: none
};

struct ApiRuntime {
  std::shared_ptr<const CompiledApi> api;
  std::vector<EndpointRuntime> endpoints;
  std::vector<policy::EndpointLoad> loads;  ///< one for each endpoint
  policy::Balancer balancer;
  policy::OutlierDetector outliers;
  policy::RetryBudget retry_budget;
  policy::HedgeBudget hedge_budget = {};
  std::shared_ptr<observe::ApiCells> cells;

  /// Marks endpoints that are ejected, down by their health checks, or kept from calls by their
  /// breaker, as unavailable, and lets those that came back start slowly. Costs nothing with one
  /// endpoint without checks and breaker.
  void refresh_availability(MonotonicTime now);
  /// Marks endpoints as full that take no more calls of that class at once. Costs nothing without
  /// `adaptive_concurrency`.
  void refresh_room(model::PriorityClass priority);
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

/// Owned by the worker, used on its thread.
class WorkerView {
 public:
  explicit WorkerView(const RuntimeContext& context) : context_(context) {}

  /// Puts a Snapshot in force. Runtimes of unchanged Apis stay, those of changed ones are made anew
  /// and those of Apis that are gone are dropped; calls that have one keep it. Takes time for the
  /// Apis that were called, however many there are. Whoever publishes keeps the Snapshot before
  /// until all workers are here: to destroy it takes long.
  void apply(std::shared_ptr<const Snapshot> snapshot);
  /// Never null after the first `apply`.
  const Snapshot& snapshot() const { return *snapshot_; }
  /// Of the Api with that index in the Snapshot; made at its first call.
  const std::shared_ptr<ApiRuntime>& runtime(std::uint32_t index) {
    const auto& api = snapshot_->apis[index];
    if (api->slot < by_slot_.size() && by_slot_[api->slot]) return by_slot_[api->slot];
    return make(api);
  }
  /// Of all Apis that were called.
  void publish_gauges(MonotonicTime now);

 private:
  const std::shared_ptr<ApiRuntime>& make(const std::shared_ptr<const CompiledApi>& api);

  RuntimeContext context_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::shared_ptr<ApiRuntime>> by_slot_;  // each is of `snapshot_`, or null
  std::vector<std::uint32_t> used_;                   // slots that are not null
};

}  // namespace apiforge::gateway
