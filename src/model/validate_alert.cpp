#include <algorithm>
#include <array>
#include <span>

#include "base/nearest_name.hpp"
#include "model/bounds.hpp"
#include "model/place.hpp"
#include "model/url.hpp"

namespace apiforge::model {
namespace {

constexpr std::int64_t kDayMs = 24 * 3'600'000;
constexpr std::size_t kMaxTargets = 8;
constexpr std::size_t kMaxSecretBytes = 1'024;
constexpr std::size_t kMaxLabelBytes = 64;
constexpr double kMaxThreshold = 1e15;

constexpr std::array<std::string_view, 3> kLabels{"api", "version", "quota"};
constexpr std::span<const std::string_view> kApiLabels(kLabels.data(), 2);
constexpr std::span<const std::string_view> kQuotaLabels(kLabels.data() + 2, 1);

struct Metric {
  std::string_view name;
  bool is_share = false;  ///< from 0 to 1
  std::span<const std::string_view> labels = kApiLabels;
};
constexpr std::array<Metric, 8> kMetrics{{{"error_rate", true},
                                          {"latency_p99_ms"},
                                          {"calls_per_second"},
                                          {"in_flight"},
                                          {"limited_per_second"},
                                          {"shed_per_second"},
                                          {"open_breakers"},
                                          {"quota_used", true, kQuotaLabels}}};

/// Null when there is none.
const Metric* find_metric(std::string_view name) {
  const auto* const metric = std::ranges::find(kMetrics, name, &Metric::name);
  return metric == kMetrics.end() ? nullptr : metric;
}

constexpr Bounds<AlertRule> kAlertBounds[] = {
    {"over_ms", [](const AlertRule& r) { return r.over.count(); }, 1'000, kDayMs},
    {"for_ms", [](const AlertRule& r) { return r.hold.count(); }, 0, kDayMs},
    {"repeat_ms", [](const AlertRule& r) { return r.repeat.count(); }, 0, 30 * kDayMs},
};

void validate_metric(const Place& place, const AlertRule& rule) {
  const Metric* metric = find_metric(rule.metric);
  if (metric == nullptr) {
    std::array<std::string_view, kMetrics.size()> names;
    std::ranges::transform(kMetrics, names.begin(), &Metric::name);
    std::string list;
    for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(name);
    return place.member("metric").fault("must be one of " + list + ", not " +
                                        in_quotes(rule.metric) + did_you_mean(rule.metric, names));
  }
  const double most = metric->is_share ? 1 : kMaxThreshold;
  // Written so that it is not true of a threshold that is no number.
  if (rule.threshold >= 0 && rule.threshold <= most) return;
  place.member("threshold")
      .fault(metric->is_share ? "must be a share from 0 to 1"
                              : "must be from 0 to 1000000000000000");
}

/// A label that the metric does not have would match nothing, and the rule would never fire.
void validate_labels(const Place& place, const AlertRule& rule) {
  const Metric* metric = find_metric(rule.metric);
  const auto labels =
      metric == nullptr ? std::span<const std::string_view>(kLabels) : metric->labels;
  for (const auto& [label, value] : rule.match) {
    if (std::ranges::find(labels, label) == labels.end()) {
      std::string list;
      for (const auto name : labels) list += (list.empty() ? "" : ", ") + std::string(name);
      place.member(label).fault("the metric has no such label; allowed: " + list +
                                did_you_mean(label, labels));
    } else if (value != "*" && !is_name(value, kMaxLabelBytes, "._-")) {
      place.member(label).fault("must be a name, or * for each of them, not " + in_quotes(value));
    }
  }
}

void validate_target(const Place& place, const AlertTarget& target) {
  if (target.webhook.empty() && !target.zmq) place.fault("needs a webhook, or zmq: true");
  if (!target.webhook.empty()) {
    const auto url = parse_resource_url(target.webhook);
    if (!url) place.member("webhook").fault(url.error().detail);
  }
  if (target.secret.empty()) return;
  if (target.webhook.empty()) place.member("secret").fault("needs a webhook, whose calls it signs");
  if (target.secret.reveal().size() > kMaxSecretBytes) {
    place.member("secret").fault("must have at most 1024 bytes");
  }
}

}  // namespace

void validate_alert_rule(const Place& place, const AlertRule& rule) {
  if (!is_api_name(rule.name)) {
    place.member("name").fault("must be 1 to 64 letters, digits, _ or -, not " +
                               in_quotes(rule.name));
  }
  validate_metric(place, rule);
  validate_labels(place.member("match"), rule);
  validate_bounds(place, rule, kAlertBounds);
  const Place targets = place.member("targets");
  if (rule.targets.size() > kMaxTargets) targets.fault("must be at most 8 targets");
  for (std::size_t i = 0; i < rule.targets.size(); ++i) {
    validate_target(targets.item(i), rule.targets[i]);
    const std::string& webhook = rule.targets[i].webhook;
    const auto end = rule.targets.begin() + static_cast<std::ptrdiff_t>(i);
    // Secrets are kept and found by the webhook.
    if (!webhook.empty() &&
        std::ranges::find(rule.targets.begin(), end, webhook, &AlertTarget::webhook) != end) {
      targets.item(i).member("webhook").fault("another target has the same webhook");
    }
  }
}

std::vector<Fault> validate_alert_rule(const AlertRule& rule) {
  std::vector<Fault> faults;
  validate_alert_rule(Place("", faults), rule);
  return faults;
}

}  // namespace apiforge::model
