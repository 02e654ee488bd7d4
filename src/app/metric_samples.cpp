#include "app/metric_samples.hpp"

#include <algorithm>

#include "quota/calendar.hpp"

namespace apiforge::app {
namespace {

/// Latencies are judged over so long, up to twice that.
constexpr std::chrono::seconds kLatencyWindow{15};
/// To find the counter of a quota that is used most, the database looks at all of them.
constexpr std::chrono::seconds kUsageKept{15};
constexpr std::uint32_t kMostCounters = 1;  ///< of a quota: the one that is used most
constexpr double kShare = 0.99;

observe::LatencyCounts since(const observe::LatencyCounts& before, observe::LatencyCounts now) {
  for (std::size_t i = 0; i < std::min(before.buckets.size(), now.buckets.size()); ++i) {
    now.buckets[i] -= std::min(before.buckets[i], now.buckets[i]);
  }
  return now;
}

double number(std::uint64_t count) {
  return static_cast<double>(count);
}

}  // namespace

void MetricSamples::refresh() {
  apis_ = needs_.metrics.read_apis();
  tenants_.clear();
  for (const auto& api : needs_.snapshot()->apis) {
    tenants_[{api->config.name, api->config.version}] = api->config.tenant.value;
  }
  const MonotonicTime now = needs_.clock.now();
  if (now - newer_.at < kLatencyWindow) return;
  older_ = std::move(newer_);
  newer_ = {.at = now, .latency = {}};
  for (const observe::ApiReading& api : apis_)
    newer_.latency[{api.name, api.version}] = api.latency;
}

double MetricSamples::p99_ms(const observe::ApiReading& api) const {
  const auto before = older_.latency.find({api.name, api.version});
  const auto counts =
      before == older_.latency.end() ? api.latency : since(before->second, api.latency);
  return std::chrono::duration<double, std::milli>(counts.quantile(kShare)).count();
}

std::vector<quota::MetricSample> MetricSamples::of_apis(std::string_view metric) const {
  std::vector<quota::MetricSample> samples;
  for (const observe::ApiReading& api : apis_) {
    quota::MetricSample sample{.metric = std::string(metric),
                               .labels = {{"api", api.name}, {"version", api.version}}};
    if (metric == "error_rate") {
      sample.value = number(api.failed_calls());
      sample.of = number(api.calls());
    } else if (metric == "latency_p99_ms") {
      sample.value = p99_ms(api);
    } else if (metric == "calls_per_second") {
      sample.value = number(api.calls());
    } else if (metric == "in_flight") {
      sample.value = static_cast<double>(api.in_flight);
    } else if (metric == "limited_per_second") {
      sample.value = number(api.limited);
    } else if (metric == "shed_per_second") {
      sample.value = number(api.shed_calls());
    } else {
      return {};
    }
    const auto tenant = tenants_.find({api.name, api.version});
    if (tenant != tenants_.end()) sample.tenant = tenant->second;
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::vector<quota::MetricSample> MetricSamples::of_breakers() const {
  std::vector<quota::MetricSample> samples;
  const MonotonicTime now = needs_.clock.now();
  for (const auto& view : gateway::breaker_views(*needs_.snapshot())) {
    const policy::BreakerState state = view.breaker->read(now).state;
    const bool is_open =
        state == policy::BreakerState::Open || state == policy::BreakerState::ForcedOpen;
    samples.push_back({.metric = "open_breakers",
                       .labels = {{"api", view.api}, {"version", view.version}},
                       .value = is_open ? 1.0 : 0.0,
                       .tenant = view.tenant.value});
  }
  return samples;
}

std::optional<std::vector<quota::MetricSample>> MetricSamples::read_quotas() const {
  std::vector<quota::MetricSample> samples;
  auto transaction = needs_.store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::nullopt;
  const WallTime now = needs_.clock.wall();
  const auto snapshot = needs_.snapshot();
  for (const quota::LimitPtr& limit : snapshot->limits->limits()) {
    const model::Limit& bound = limit->config->limit;
    if (!bound.period) continue;
    const auto used =
        (*transaction)
            ->list_usage(limit->id, quota::period_start(now, *bound.period), kMostCounters);
    if (!used) return std::nullopt;
    for (const storage::Usage& usage : *used) {
      samples.push_back(
          {.metric = "quota_used",
           .labels = {{"quota", limit->config->name}},
           .value = static_cast<double>(usage.used) / static_cast<double>(bound.amount),
           .tenant = limit->config->tenant.value});
    }
  }
  return samples;
}

const std::optional<std::vector<quota::MetricSample>>& MetricSamples::of_quotas() {
  const MonotonicTime now = needs_.clock.now();
  if (quotas_ && now < quotas_until_) return quotas_;
  quotas_ = read_quotas();
  quotas_until_ = now + kUsageKept;
  return quotas_;
}

std::optional<std::vector<quota::MetricSample>> MetricSamples::read(std::string_view metric) {
  if (metric == "open_breakers") return of_breakers();
  if (metric == "quota_used") return of_quotas();
  return of_apis(metric);
}

}  // namespace apiforge::app
