#include "gateway/api_runtime.hpp"

#include "net/event_loop.hpp"

namespace apiforge::gateway {
namespace {

std::vector<std::string> urls_of(const CompiledApi& api) {
  std::vector<std::string> urls;
  for (const auto& endpoint : api.endpoints) urls.push_back(endpoint.url);
  return urls;
}

std::shared_ptr<net::UpstreamPool> make_pool(const CompiledApi& api,
                                             const CompiledEndpoint& endpoint,
                                             const RuntimeContext& context) {
  const model::Upstream& upstream = api.config.upstream;
  auto target = std::make_shared<net::DialTarget>();
  target->address = {endpoint.parts.host, endpoint.parts.port};
  if (endpoint.parts.tls) {
    target->tls = api.tls;
    target->server_name = upstream.tls.server_name.value_or(endpoint.parts.host);
  }
  net::UpstreamPoolOptions options;
  options.max_connections = upstream.max_connections;
  options.max_idle = upstream.max_idle_connections;
  options.connect_timeout = upstream.connect_timeout;
  options.keepalive_timeout = upstream.keepalive_timeout;
  return std::make_shared<net::UpstreamPool>(context.loop, context.dialer, std::move(target),
                                             options, context.scratch);
}

std::shared_ptr<ApiRuntime> make_runtime(const std::shared_ptr<const CompiledApi>& api,
                                         const RuntimeContext& context) {
  const auto urls = urls_of(*api);
  const auto& hedge = api->config.upstream.hedge;
  auto runtime = std::make_shared<ApiRuntime>(ApiRuntime{
      .api = api,
      .endpoints = {},
      .loads = {},
      .balancer = policy::Balancer({.balancing = api->config.upstream.balancing,
                                    .panic_percent = api->config.upstream.panic_percent},
                                   urls, context.worker_index),
      .outliers = policy::OutlierDetector(api->config.upstream.ejection, urls.size()),
      .retry_budget = {},
      .hedge_budget = policy::HedgeBudget(hedge ? hedge->percent : 0),
      .cells = context.metrics.api(context.worker_index, api->config.name, api->config.version)});
  const auto& adaptive = api->config.upstream.adaptive_concurrency;
  for (const auto& endpoint : api->endpoints) {
    EndpointRuntime& made = runtime->endpoints.emplace_back(
        &endpoint, make_pool(*api, endpoint, context),
        context.metrics.endpoint(context.worker_index, api->config.name, api->config.version,
                                 endpoint.url));
    if (adaptive) made.adaptive.emplace(*adaptive);
    const MonotonicTime since = endpoint.added ? context.loop.recent() : MonotonicTime::min();
    runtime->loads.push_back({.weight = endpoint.weight, .since = since});
  }
  return runtime;
}

}  // namespace

void ApiRuntime::refresh_availability(MonotonicTime now) {
  const model::Upstream& upstream = api->config.upstream;
  const bool has_breakers = api->breaker_rules.endpoint != nullptr;
  if (loads.size() < 2 && !upstream.health_check && !has_breakers) return;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const EndpointHealth* health = endpoints[i].config->health.get();
    const bool up = !health || health->is_up();
    if (health && up && endpoints[i].back_at != health->changed_at()) {
      // The checks know better than the calls that failed before.
      outliers.forgive(i);
      endpoints[i].back_at = health->changed_at();
      loads[i].available = true;
      loads[i].since = endpoints[i].back_at;
    }
    loads[i].probation = outliers.is_on_probation(i);
    const policy::Breaker* breaker = endpoints[i].config->breaker.get();
    const bool admitted = !breaker || breaker->would_admit(now);
    policy::set_available(loads[i], up && admitted && !outliers.is_ejected(i, now), now,
                          upstream.slow_start);
  }
}

void ApiRuntime::refresh_room(model::PriorityClass priority) {
  if (!api->config.upstream.adaptive_concurrency) return;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    loads[i].full = !endpoints[i].adaptive->admits(priority, loads[i].in_flight);
  }
}

void ApiRuntime::publish_gauges(MonotonicTime now) {
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const net::UpstreamPoolCounts& counts = endpoints[i].pool->counts();
    observe::EndpointCells& out = *endpoints[i].cells;
    out.ejected.set(outliers.is_ejected(i, now) ? 1 : 0);
    const EndpointHealth* health = endpoints[i].config->health.get();
    out.down.set(health && !health->is_up() ? 1 : 0);
    out.ewma_ns.set(static_cast<std::int64_t>(loads[i].ewma_ns));
    out.connections_open.set(counts.open);
    out.connections_idle.set(counts.idle);
    net::UpstreamPoolCounts& before = endpoints[i].published;
    out.connects.add(counts.connects - before.connects);
    out.connect_failures.add(counts.connect_failures - before.connect_failures);
    out.reused.add(counts.reuses - before.reuses);
    before = counts;
  }
}

void WorkerView::apply(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  std::erase_if(used_, [this](std::uint32_t slot) {
    std::shared_ptr<ApiRuntime>& runtime = by_slot_[slot];
    const auto& slots = snapshot_->by_slot;
    const std::uint32_t index = slot < slots.size() ? slots[slot] : kNone;
    const auto before = std::move(runtime);  // the new one takes over its cells
    runtime = nullptr;
    if (index == kNone) return true;
    const auto& api = snapshot_->apis[index];
    if (api == before->api) {
      runtime = before;
      return false;
    }
    // Another Api may have taken the place of one that is gone.
    const bool is_other = api->config.name != before->api->config.name ||
                          api->config.version != before->api->config.version;
    if (!is_other) runtime = make_runtime(api, context_);
    return is_other;
  });
}

const std::shared_ptr<ApiRuntime>& WorkerView::make(const std::shared_ptr<const CompiledApi>& api) {
  if (api->slot >= by_slot_.size()) by_slot_.resize(snapshot_->by_slot.size());
  used_.push_back(api->slot);
  return by_slot_[api->slot] = make_runtime(api, context_);
}

void WorkerView::publish_gauges(MonotonicTime now) {
  for (const std::uint32_t slot : used_) by_slot_[slot]->publish_gauges(now);
}

}  // namespace apiforge::gateway
