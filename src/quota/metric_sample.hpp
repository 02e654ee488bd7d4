// MetricSample: a number that alert rules look at, with the names of what it is about; and where
// such numbers come from. Values; any thread.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/identity.hpp"

namespace apiforge::quota {

struct MetricSample {
  std::string metric{};
  std::map<std::string, std::string> labels{};  ///< `api`, `version`, `quota`
  /// Of a level the level; of what is told per second, and of shares, how many there were since the
  /// process began: the engine looks at what was added in a rule's window.
  double value = 0;
  double of = 0;                               ///< of a share: of how many
  std::string tenant{model::kPlatformTenant};  ///< whose Api or quota it is
};

/// All samples of a metric at this moment; nullopt when they cannot be known now, which says
/// nothing of what they are about. Called by AlertEngine::evaluate, on its thread.
using MetricSource =
    std::function<std::optional<std::vector<MetricSample>>(std::string_view metric)>;

}  // namespace apiforge::quota
