// MetricSamples: the numbers that alert rules look at, taken from what the data plane counts. Asked
// by one thread at a time; owned by the AlertStation.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "gateway/snapshot.hpp"
#include "observe/metrics_registry.hpp"
#include "quota/metric_sample.hpp"
#include "storage/store.hpp"

namespace apiforge::app {

class MetricSamples {
 public:
  struct Needs {
    const Clock& clock;
    observe::MetricsRegistry& metrics;
    std::function<std::shared_ptr<const gateway::Snapshot>()> snapshot;
    storage::Store& store;  ///< knows what is used of quotas; asking it blocks
  };
  explicit MetricSamples(Needs needs) : needs_(std::move(needs)) {}

  /// Reads what calls have done, for the questions until the next time.
  void refresh();
  /// nullopt when it cannot be known: the database is away.
  std::optional<std::vector<quota::MetricSample>> read(std::string_view metric);

 private:
  using ApiKey = std::pair<std::string, std::string>;
  /// What was counted at a moment, to see what came since.
  struct Past {
    MonotonicTime at{};
    std::map<ApiKey, observe::LatencyCounts> latency;
  };

  std::vector<quota::MetricSample> of_apis(std::string_view metric) const;
  std::vector<quota::MetricSample> of_breakers() const;
  const std::optional<std::vector<quota::MetricSample>>& of_quotas();
  std::optional<std::vector<quota::MetricSample>> read_quotas() const;
  double p99_ms(const observe::ApiReading& api) const;

  Needs needs_;
  std::vector<observe::ApiReading> apis_;
  std::map<ApiKey, std::string> tenants_;
  Past older_;  ///< latencies are of what came since this
  Past newer_;
  std::optional<std::vector<quota::MetricSample>> quotas_;  ///< what is used of them, as read last
  MonotonicTime quotas_until_{};
};

}  // namespace apiforge::app
