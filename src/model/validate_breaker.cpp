#include <algorithm>
#include <array>
#include <set>

#include "base/nearest_name.hpp"
#include "model/bounds.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr double kLeastRate = 0.01;

constexpr std::array<std::string_view, 4> kCounts{"5xx", "429", "timeout", "connect"};

constexpr Bounds<BreakerRule> kBreakerBounds[] = {
    {"minimum_calls", [](const BreakerRule& r) { return std::int64_t{r.minimum_calls}; }, 1,
     1'000'000},
    {"open_ms", [](const BreakerRule& r) { return r.open.count(); }, 1, kHourMs},
    {"max_open_ms", [](const BreakerRule& r) { return r.max_open.count(); }, 1, 24 * kHourMs},
    {"half_open_calls", [](const BreakerRule& r) { return std::int64_t{r.half_open_calls}; }, 1,
     100},
};

constexpr Bounds<BreakerWindow> kCountBounds[] = {
    {"size", [](const BreakerWindow& w) { return w.size; }, 1, 10'000}};
constexpr Bounds<BreakerWindow> kTimeBounds[] = {
    {"size", [](const BreakerWindow& w) { return w.size; }, 1'000, kHourMs}};

void validate_rate(const Place& place, double rate) {
  // Written so that it is not true of a rate that is no number.
  if (rate >= kLeastRate && rate <= 1) return;
  place.fault("must be a share from 0.01 to 1");
}

void validate_window(const Place& place, const BreakerRule& rule) {
  const Place window = place.member("window");
  if (rule.window.kind == WindowKind::Time) {
    return validate_bounds(window, rule.window, kTimeBounds);
  }
  validate_bounds(window, rule.window, kCountBounds);
  if (std::int64_t{rule.minimum_calls} > rule.window.size) {
    place.member("minimum_calls")
        .fault("must be at most the size of the window, " + std::to_string(rule.window.size));
  }
}

void validate_counts(const Place& place, const std::vector<std::string>& counts) {
  if (counts.empty()) place.fault("must name at least one of 5xx, 429, timeout, connect");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (std::ranges::find(kCounts, counts[i]) == kCounts.end()) {
      place.item(i).fault("must be one of 5xx, 429, timeout, connect, not " + in_quotes(counts[i]) +
                          did_you_mean(counts[i], kCounts));
    } else if (!seen.insert(counts[i]).second) {
      place.item(i).fault(in_quotes(counts[i]) + " stands here twice");
    }
  }
}

}  // namespace

void validate_breaker_rule(const Place& place, const BreakerRule& rule) {
  if (!is_api_name(rule.api)) {
    place.member("api").fault("must be the name of an API, not " + in_quotes(rule.api));
  }
  if (!rule.version.empty() && !is_version(rule.version)) {
    place.member("version").fault("must be the version of an API, not " + in_quotes(rule.version));
  }
  validate_rate(place.member("failure_rate"), rule.failure_rate);
  validate_rate(place.member("slow_rate"), rule.slow_rate);
  if (rule.slow_call && (rule.slow_call->count() < 1 || rule.slow_call->count() > kHourMs)) {
    place.member("slow_call_ms")
        .fault("must be from 1 to 3600000, or null: no call is slow; not " +
               std::to_string(rule.slow_call->count()));
  }
  validate_window(place, rule);
  validate_bounds(place, rule, kBreakerBounds);
  if (rule.max_open < rule.open) {
    place.member("max_open_ms").fault("must not be less than open_ms");
  }
  validate_counts(place.member("counts"), rule.counts);
}

std::vector<Fault> validate_breaker_rule(const BreakerRule& rule) {
  std::vector<Fault> faults;
  validate_breaker_rule(Place("", faults), rule);
  return faults;
}

std::string breaker_rule_name(std::string_view api, std::string_view version, BreakerScope scope) {
  std::string name(api);
  if (!version.empty()) name += "@" + std::string(version);
  return scope == BreakerScope::Api ? name + ":api" : name;
}

}  // namespace apiforge::model
