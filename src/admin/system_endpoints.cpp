#include "admin/system_endpoints.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace apiforge::admin {
namespace {

constexpr std::array<std::string_view, 4> kPaths{"/health", "/health/live", "/health/ready",
                                                 "/metrics"};
constexpr const char* kJson = "application/json";
constexpr const char* kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

SystemEndpoints::SystemEndpoints(observe::MetricsRegistry& metrics,
                                 std::function<observe::HealthReport()> health,
                                 std::function<bool()> ready)
    : metrics_(metrics), health_(std::move(health)), ready_(std::move(ready)) {}

bool SystemEndpoints::owns(std::string_view path) {
  if (!path.starts_with("/health") && !path.starts_with("/metrics")) return false;
  return std::find(kPaths.begin(), kPaths.end(), path) != kPaths.end();
}

SystemReply SystemEndpoints::answer(net::Method method, std::string_view path) const {
  if (method != net::Method::Get && method != net::Method::Head) {
    SystemReply reply;
    reply.status = 405;
    reply.allow = "GET, HEAD";
    return reply;
  }
  if (path == "/metrics") return {200, kPrometheusText, metrics_.render(), {}};
  if (path == "/health/live") return state(true, "live");
  if (path == "/health/ready") return state(ready_(), "ready");
  return health();
}

SystemReply SystemEndpoints::health() const {
  const observe::HealthReport report = health_();
  const auto status = observe::overall_status(report.components);
  return {observe::http_status(status), kJson, observe::to_json(report), {}};
}

SystemReply SystemEndpoints::state(bool good, std::string_view word) const {
  const std::string text = (good ? "" : "not ") + std::string(word);
  return {good ? 200 : 503, kJson, R"({"status":")" + text + "\"}\n", {}};
}

}  // namespace apiforge::admin
