// From samples to the one number that a rule judges: samples are grouped by the rule's labels, and
// counts become rates over its window. Pure but for what a meter remembers; whoever owns an object
// serialises the calls.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>

#include "model/alert.hpp"
#include "policy/alert.hpp"
#include "quota/metric_sample.hpp"

namespace apiforge::quota {

/// What the samples of a group come to at one moment.
struct GroupReading {
  std::map<std::string, std::string> labels{};  ///< those that the rule names, as they are here
  double value = 0;
  double of = 0;
};

/// `api=binance,version=v3`; empty when the rule names no label.
std::string group_name(const std::map<std::string, std::string>& labels);

/// The samples that the rule is about, by group: numbers add up, but of latencies and of what is
/// used of quotas the largest counts. A tenant's rule is about what belongs to the tenant.
std::map<std::string, GroupReading> group_samples(const model::AlertRule& rule,
                                                  std::span<const MetricSample> samples);

/// Follows one group for one rule.
class AlertMeter {
 public:
  explicit AlertMeter(const model::AlertRule& rule);

  /// The value to judge; nullopt while a window is not full. `now` never goes back.
  std::optional<double> read(MonotonicTime now, const GroupReading& reading);

 private:
  std::optional<double> current(MonotonicTime now, const GroupReading& reading);

  std::string metric_;
  bool judges_rise_;
  GroupReading last_;
  policy::SampleWindow values_;
  policy::SampleWindow ofs_;
  policy::SampleWindow rises_;
};

}  // namespace apiforge::quota
