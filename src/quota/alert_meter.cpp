#include "quota/alert_meter.hpp"

#include <algorithm>
#include <array>

namespace apiforge::quota {
namespace {

enum class MetricKind : std::uint8_t { Level, Count, Share };

struct Metric {
  std::string_view name;
  MetricKind kind = MetricKind::Level;
  bool largest_counts = false;  ///< instead of the sum
};
/// Those that model::validate_alert_rule admits.
constexpr std::array<Metric, 8> kMetrics{{{"error_rate", MetricKind::Share},
                                          {"latency_p99_ms", MetricKind::Level, true},
                                          {"calls_per_second", MetricKind::Count},
                                          {"in_flight"},
                                          {"limited_per_second", MetricKind::Count},
                                          {"shed_per_second", MetricKind::Count},
                                          {"open_breakers"},
                                          {"quota_used", MetricKind::Level, true}}};

Metric metric_of(std::string_view name) {
  const auto found = std::ranges::find(kMetrics, name, &Metric::name);
  return found == kMetrics.end() ? Metric{} : *found;
}

/// The labels that the rule names, as the sample has them; nullopt when it is not about the sample.
std::optional<std::map<std::string, std::string>> matched_labels(const model::AlertRule& rule,
                                                                 const MetricSample& sample) {
  const bool is_own =
      rule.tenant.value == model::kPlatformTenant || rule.tenant.value == sample.tenant;
  if (sample.metric != rule.metric || !is_own) return std::nullopt;
  std::map<std::string, std::string> labels;
  for (const auto& [label, wanted] : rule.match) {
    const auto found = sample.labels.find(label);
    if (found == sample.labels.end()) return std::nullopt;
    if (wanted != "*" && wanted != found->second) return std::nullopt;
    labels.insert(*found);
  }
  return labels;
}

}  // namespace

std::string group_name(const std::map<std::string, std::string>& labels) {
  std::string name;
  for (const auto& [label, value] : labels) {
    if (!name.empty()) name += ',';
    name.append(label).append("=").append(value);
  }
  return name;
}

std::map<std::string, GroupReading> group_samples(const model::AlertRule& rule,
                                                  std::span<const MetricSample> samples) {
  const bool largest_counts = metric_of(rule.metric).largest_counts;
  std::map<std::string, GroupReading> groups;
  for (const MetricSample& sample : samples) {
    auto labels = matched_labels(rule, sample);
    if (!labels) continue;
    const auto [place, is_first] = groups.try_emplace(group_name(*labels));
    GroupReading& group = place->second;
    if (is_first) {
      group = {*std::move(labels), sample.value, sample.of};
      continue;
    }
    group.value = largest_counts ? std::max(group.value, sample.value) : group.value + sample.value;
    group.of += sample.of;
  }
  return groups;
}

AlertMeter::AlertMeter(const model::AlertRule& rule)
    : metric_(rule.metric),
      judges_rise_(rule.condition == model::AlertCondition::RiseAbove),
      values_(rule.over),
      ofs_(rule.over),
      rises_(rule.over) {}

std::optional<double> AlertMeter::read(MonotonicTime now, const GroupReading& reading) {
  const std::optional<double> value = current(now, reading);
  if (!value || !judges_rise_) return value;
  rises_.add(now, *value);
  return rises_.rise();
}

std::optional<double> AlertMeter::current(MonotonicTime now, const GroupReading& reading) {
  const MetricKind kind = metric_of(metric_).kind;
  if (kind == MetricKind::Level) return reading.value;
  // Counters begin anew when an Api comes back after a change: what was added cannot be known.
  if (reading.value < last_.value || reading.of < last_.of) {
    values_.clear();
    ofs_.clear();
  }
  last_ = reading;
  values_.add(now, reading.value);
  ofs_.add(now, reading.of);
  if (kind == MetricKind::Count) return values_.rise_per_second();
  const auto of = ofs_.rise();
  if (!of) return std::nullopt;
  return *of > 0 ? *values_.rise() / *of : 0;
}

}  // namespace apiforge::quota
