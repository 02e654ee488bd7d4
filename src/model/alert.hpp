// Alert rules: when somebody is told. Plain values as configured.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "model/identity.hpp"

namespace apiforge::model {

enum class AlertCondition : std::uint8_t {
  Above,     ///< value > threshold
  Below,     ///< value < threshold
  RiseAbove  ///< value now minus value `over` ago > threshold
};
inline constexpr std::array<std::pair<std::string_view, AlertCondition>, 3> kAlertConditionNames{{
    {"above", AlertCondition::Above},
    {"below", AlertCondition::Below},
    {"rise_above", AlertCondition::RiseAbove},
}};
constexpr std::string_view name_of(AlertCondition condition) {
  return kAlertConditionNames[static_cast<std::size_t>(condition)].first;
}

enum class AlertSeverity : std::uint8_t { Info, Warning, Critical };
inline constexpr std::array<std::pair<std::string_view, AlertSeverity>, 3> kAlertSeverityNames{{
    {"info", AlertSeverity::Info},
    {"warning", AlertSeverity::Warning},
    {"critical", AlertSeverity::Critical},
}};
constexpr std::string_view name_of(AlertSeverity severity) {
  return kAlertSeverityNames[static_cast<std::size_t>(severity)].first;
}

/// Who is told.
struct AlertTarget {
  std::string webhook{};  ///< `http(s)://` URL that gets POSTs
  Secret secret{};        ///< signs them (HMAC-SHA256 in X-APIForge-Signature); empty: not signed
  bool zmq = false;       ///< published as an event
  friend bool operator==(const AlertTarget&, const AlertTarget&) = default;
};

struct AlertRule {
  TenantId tenant{kPlatformTenant};
  std::string name{};  ///< unique in the tenant, `[A-Za-z0-9_-]{1,64}`
  bool enabled = true;
  /// What is looked at: `error_rate` (0..1), `latency_p99_ms`, `calls_per_second`, `in_flight`,
  /// `limited_per_second`, `shed_per_second`, `open_breakers`, `quota_used` (0..1).
  std::string metric{};
  /// Label -> value; `*` makes a group for each value. Labels: `api`, `version`, `quota`.
  std::map<std::string, std::string> match{};
  AlertCondition condition = AlertCondition::Above;
  double threshold = 0;
  std::chrono::milliseconds over{60'000};       ///< window of `rise_above` and of rates
  std::chrono::milliseconds hold{0};            ///< so long it must hold (`for_ms`)
  std::chrono::milliseconds repeat{3'600'000};  ///< told again while it holds; 0: once
  AlertSeverity severity = AlertSeverity::Warning;
  std::optional<WallTime> silenced_until{};
  std::vector<AlertTarget> targets{};
  friend bool operator==(const AlertRule&, const AlertRule&) = default;
};

}  // namespace apiforge::model
