// Health of the program's parts and of the whole, as `GET /health` shows it. Values; any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace apiforge::observe {

enum class HealthStatus : std::uint8_t { Ok, Degraded, Down, Disabled };

struct ComponentHealth {
  std::string name;  ///< `database`, `upstreams`, ...
  HealthStatus status = HealthStatus::Ok;
  std::string detail{};  ///< for people; empty is left out
  bool required = true;  ///< whether the program is down without it
  std::optional<std::chrono::microseconds> latency{};
};

struct HealthReport {
  std::string version;
  std::string environment;
  std::chrono::milliseconds uptime{0};
  std::vector<ComponentHealth> components;
};

std::string_view health_status_name(HealthStatus status);

/// Down when a required part is down, degraded when any part is degraded or an optional one is
/// down, else ok. Disabled parts do not count.
HealthStatus overall_status(std::span<const ComponentHealth> components);

/// 503 for Down, else 200: a degraded node still serves.
int http_status(HealthStatus status);

/// `{status, version, uptime_ms, environment, components:{name:{status, detail?, latency_ms?}}}`.
std::string to_json(const HealthReport& report);

}  // namespace apiforge::observe
