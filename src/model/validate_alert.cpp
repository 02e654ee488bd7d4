#include <algorithm>
#include <array>

#include "base/nearest_name.hpp"
#include "model/bounds.hpp"
#include "model/place.hpp"
#include "model/url.hpp"

namespace apiforge::model {
namespace {

constexpr std::int64_t kDayMs = 24 * 3'600'000;
constexpr std::size_t kMaxTargets = 8;
constexpr std::size_t kMaxWebhookBytes = 2'048;
constexpr std::size_t kMaxSecretBytes = 1'024;
constexpr std::size_t kMaxLabelBytes = 64;
constexpr double kMaxThreshold = 1e15;

struct Metric {
  std::string_view name;
  bool is_share;  ///< from 0 to 1
};
constexpr std::array<Metric, 8> kMetrics{{{"error_rate", true},
                                          {"latency_p99_ms", false},
                                          {"calls_per_second", false},
                                          {"in_flight", false},
                                          {"limited_per_second", false},
                                          {"shed_per_second", false},
                                          {"open_breakers", false},
                                          {"quota_used", true}}};
constexpr std::array<std::string_view, 3> kLabels{"api", "version", "quota"};

constexpr Bounds<AlertRule> kBounds[] = {
    {"over_ms", [](const AlertRule& r) { return r.over.count(); }, 1'000, kDayMs},
    {"for_ms", [](const AlertRule& r) { return r.hold.count(); }, 0, kDayMs},
    {"repeat_ms", [](const AlertRule& r) { return r.repeat.count(); }, 0, 30 * kDayMs},
};

void validate_metric(const Place& place, const AlertRule& rule) {
  const auto metric = std::ranges::find(kMetrics, rule.metric, &Metric::name);
  if (metric == kMetrics.end()) {
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

void validate_labels(const Place& place, const std::map<std::string, std::string>& match) {
  for (const auto& [label, value] : match) {
    if (std::ranges::find(kLabels, label) == kLabels.end()) {
      place.member(label).fault("there is no such label; allowed are api, version, quota" +
                                did_you_mean(label, kLabels));
    } else if (value != "*" && !is_name(value, kMaxLabelBytes, "._-")) {
      place.member(label).fault("must be a name, or * for each of them, not " + in_quotes(value));
    }
  }
}

/// `https://host/path?query`; what stands before the `?` is as of endpoints.
void validate_webhook(const Place& place, std::string_view url) {
  const std::string_view query = url.substr(std::min(url.find('?'), url.size()));
  const bool is_query = std::ranges::all_of(
      query, [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '"' && c != '<'; });
  const auto base = parse_upstream_url(url.substr(0, url.size() - query.size()));
  if (!base) return place.fault(base.error().detail);
  if (!is_query) place.fault("must have a query of visible ASCII characters, and no fragment");
  if (url.size() > kMaxWebhookBytes) place.fault("must have at most 2048 bytes");
}

void validate_target(const Place& place, const AlertTarget& target) {
  if (target.webhook.empty() && !target.zmq) place.fault("needs a webhook, or zmq: true");
  if (!target.webhook.empty()) validate_webhook(place.member("webhook"), target.webhook);
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
  validate_labels(place.member("match"), rule.match);
  validate_bounds(place, rule, kBounds);
  const Place targets = place.member("targets");
  if (rule.targets.size() > kMaxTargets) targets.fault("must be at most 8 targets");
  for (std::size_t i = 0; i < rule.targets.size(); ++i) {
    validate_target(targets.item(i), rule.targets[i]);
  }
}

std::vector<Fault> validate_alert_rule(const AlertRule& rule) {
  std::vector<Fault> faults;
  validate_alert_rule(Place("", faults), rule);
  return faults;
}

}  // namespace apiforge::model
