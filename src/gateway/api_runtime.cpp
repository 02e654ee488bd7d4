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
  auto runtime = std::make_shared<ApiRuntime>(ApiRuntime{
      .api = api,
      .endpoints = {},
      .loads = {},
      .balancer = policy::Balancer({.balancing = api->config.upstream.balancing}, urls,
                                   context.worker_index),
      .outliers = policy::OutlierDetector(api->config.upstream.ejection, urls.size()),
      .retry_budget = {},
      .cells = context.metrics.api(context.worker_index, api->config.name, api->config.version)});
  for (const auto& endpoint : api->endpoints) {
    runtime->endpoints.push_back({&endpoint, make_pool(*api, endpoint, context),
                                  context.metrics.endpoint(context.worker_index, api->config.name,
                                                           api->config.version, endpoint.url)});
    runtime->loads.push_back({.weight = endpoint.weight});
  }
  return runtime;
}

}  // namespace

void ApiRuntime::refresh_availability(MonotonicTime now) {
  if (loads.size() < 2) return;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    loads[i].available = !outliers.is_ejected(i, now);
  }
}

void ApiRuntime::publish_gauges(MonotonicTime now) {
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const net::UpstreamPoolCounts& counts = endpoints[i].pool->counts();
    observe::EndpointCells& out = *endpoints[i].cells;
    out.ejected.set(outliers.is_ejected(i, now) ? 1 : 0);
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

WorkerView make_view(std::shared_ptr<const Snapshot> snapshot, const WorkerView& previous,
                     const RuntimeContext& context) {
  std::unordered_map<const CompiledApi*, std::shared_ptr<ApiRuntime>> kept;
  for (const auto& runtime : previous.apis) kept.emplace(runtime->api.get(), runtime);
  WorkerView view;
  view.apis.reserve(snapshot->apis.size());
  for (const auto& api : snapshot->apis) {
    const auto found = kept.find(api.get());
    view.apis.push_back(found != kept.end() ? found->second : make_runtime(api, context));
  }
  view.snapshot = std::move(snapshot);
  return view;
}

}  // namespace apiforge::gateway
