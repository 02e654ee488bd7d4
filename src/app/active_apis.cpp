#include "app/active_apis.hpp"

namespace apiforge::app {
namespace {

std::optional<bool> is_healthy(const gateway::CompiledEndpoint& endpoint) {
  return endpoint.health ? std::optional(endpoint.health->is_up()) : std::nullopt;
}

}  // namespace

std::vector<admin::ActiveApi> active_apis(const gateway::Snapshot& snapshot) {
  std::vector<admin::ActiveApi> active;
  active.reserve(snapshot.apis.size());
  for (const auto& api : snapshot.apis) {
    admin::ActiveApi& shown = active.emplace_back();
    shown.tenant = api->config.tenant;
    shown.name = api->config.name;
    shown.version = api->config.version;
    for (const auto& endpoint : api->endpoints) {
      shown.endpoints.push_back({endpoint.url, is_healthy(endpoint)});
    }
  }
  return active;
}

observe::ComponentHealth upstream_health(const gateway::Snapshot& snapshot) {
  std::size_t down = 0;
  std::string without_any;
  for (const auto& api : snapshot.apis) {
    std::size_t down_here = 0;
    for (const auto& endpoint : api->endpoints) {
      if (is_healthy(endpoint) == false) ++down_here;
    }
    down += down_here;
    if (down_here > 0 && down_here == api->endpoints.size()) without_any = api->config.name;
  }
  using observe::HealthStatus;
  observe::ComponentHealth health{
      .name = "upstreams", .status = HealthStatus::Ok, .detail = {}, .latency = {}};
  if (down == 0) return health;
  health.status = without_any.empty() ? HealthStatus::Degraded : HealthStatus::Down;
  health.detail = std::to_string(down) + " endpoints are down";
  if (!without_any.empty()) health.detail += "; " + without_any + " has none that is up";
  return health;
}

void add_usage(const gateway::Snapshot& snapshot, std::vector<observe::ExtraReading>& readings) {
  for (const auto& api : snapshot.apis) {
    for (const auto& usage : api->connector->usage()) {
      readings.push_back(
          {"apiforge_provider_" + usage.gauge,
           "What the provider reports of the use of its limits.",
           {{"api", api->config.name}, {"version", api->config.version}, {"window", usage.window}},
           static_cast<double>(usage.value)});
    }
  }
}

}  // namespace apiforge::app
