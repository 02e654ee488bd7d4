// Alert: what an alert rule has to tell of one group. A value; any thread.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "model/alert.hpp"
#include "policy/alert.hpp"

namespace apiforge::quota {

/// One rule's condition met for one group, now or recently.
struct Alert {
  std::string id{};  ///< unique: the next time that the condition is met it is another alert
  model::TenantId tenant{};
  std::string rule{};
  std::string metric{};
  std::map<std::string, std::string> labels{};
  std::string group{};  ///< the labels as one text
  model::AlertCondition condition = model::AlertCondition::Above;
  double threshold = 0;
  double value = 0;  ///< judged last while the condition was met; of rise_above the rise
  model::AlertSeverity severity = model::AlertSeverity::Warning;
  policy::AlertPhase phase = policy::AlertPhase::Quiet;  ///< Quiet: it is over
  WallTime since{};                                      ///< when the condition began to be met
  std::optional<WallTime> resolved_at{};
  std::optional<WallTime> told_at{};  ///< that it fires, the last time
  bool silenced = false;
};

}  // namespace apiforge::quota
