#include "observe/health.hpp"

#include <algorithm>
#include <array>

#include "observe/line_text.hpp"

namespace apiforge::observe {
namespace {

constexpr std::size_t kMaxText = 1'024;

void append_member(std::string& json, std::string_view key) {
  if (json.back() != '{') json += ',';
  json.append(1, '"').append(key).append("\":");
}

void append_text(std::string& json, std::string_view text) {
  if (text.empty()) {
    json += R"("")";
    return;
  }
  const std::size_t size = json.size();
  json.resize(size + value_room(kMaxText));
  const char* const end = append_json_string(json.data() + size, text, kMaxText);
  json.resize(static_cast<std::size_t>(end - json.data()));
}

void append_duration(std::string& json, std::chrono::microseconds time) {
  std::array<char, 32> text;
  const auto nanoseconds =
      static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) * 1'000;
  const char* const end = append_milliseconds(text.data(), nanoseconds);
  json.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

void append_component(std::string& json, const ComponentHealth& component) {
  if (json.back() != '{') json += ',';
  append_text(json, component.name);
  json += ":{";
  append_member(json, "status");
  append_text(json, health_status_name(component.status));
  if (!component.detail.empty()) {
    append_member(json, "detail");
    append_text(json, component.detail);
  }
  if (component.latency) {
    append_member(json, "latency_ms");
    append_duration(json, *component.latency);
  }
  json += '}';
}

}  // namespace

std::string_view health_status_name(HealthStatus status) {
  static constexpr std::array<std::string_view, 4> kNames{"ok", "degraded", "down", "disabled"};
  return kNames[static_cast<std::size_t>(status)];
}

HealthStatus overall_status(std::span<const ComponentHealth> components) {
  auto overall = HealthStatus::Ok;
  for (const ComponentHealth& component : components) {
    if (component.status == HealthStatus::Down && component.required) return HealthStatus::Down;
    const bool impaired =
        component.status == HealthStatus::Down || component.status == HealthStatus::Degraded;
    if (impaired) overall = HealthStatus::Degraded;
  }
  return overall;
}

int http_status(HealthStatus status) {
  return status == HealthStatus::Down ? 503 : 200;
}

std::string to_json(const HealthReport& report) {
  std::string json = "{";
  append_member(json, "status");
  append_text(json, health_status_name(overall_status(report.components)));
  append_member(json, "version");
  append_text(json, report.version);
  append_member(json, "uptime_ms");
  json += std::to_string(report.uptime.count());
  append_member(json, "environment");
  append_text(json, report.environment);
  append_member(json, "components");
  json += '{';
  for (const ComponentHealth& component : report.components) append_component(json, component);
  json += "}}";
  return json;
}

}  // namespace apiforge::observe
