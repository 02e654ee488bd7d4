#include "app/active_apis.hpp"

namespace apiforge::app {
namespace {

std::optional<bool> is_healthy(const gateway::CompiledEndpoint& endpoint) {
  return endpoint.health ? std::optional(endpoint.health->is_up()) : std::nullopt;
}

admin::ActiveApi active_api(const gateway::CompiledApi& api) {
  admin::ActiveApi shown{.tenant = api.config.tenant,
                         .name = api.config.name,
                         .version = api.config.version,
                         .endpoints = {},
                         .is_public = api.config.access.is_public,
                         .permissions = api.permissions};
  for (const auto& endpoint : api.endpoints) {
    shown.endpoints.push_back({endpoint.url, is_healthy(endpoint)});
  }
  return shown;
}

}  // namespace

std::vector<admin::ActiveApi> active_apis(const gateway::Snapshot& snapshot) {
  std::vector<admin::ActiveApi> active;
  active.reserve(snapshot.apis.size());
  for (const auto& api : snapshot.apis) active.push_back(active_api(*api));
  return active;
}

std::vector<admin::ActiveApi> active_versions(const gateway::Snapshot& snapshot,
                                              std::string_view name) {
  std::vector<admin::ActiveApi> active;
  const gateway::VersionGroup* const group = snapshot.find_group(name);
  if (group == nullptr) return active;
  for (const std::uint32_t api : group->versions) active.push_back(active_api(*snapshot.apis[api]));
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
