// What quotas and breaker rules become. Part of compile_snapshot; one thread.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "gateway/snapshot.hpp"

namespace apiforge::gateway {

/// The catalogue's limits; `previous` (may be null) itself when they are the same.
std::shared_ptr<const CompiledLimits> compile_limits(
    const Catalogue& catalogue, const std::shared_ptr<const CompiledLimits>& previous);

/// Which breaker rules hold for an Api version.
class BreakerRules {
 public:
  explicit BreakerRules(std::span<const std::shared_ptr<const model::BreakerRule>> rules);

  /// One of the version goes before one of all versions, and one of the Api's own tenant before the
  /// platform's; another tenant's does not count. Null where there is none, or the one that is
  /// found is not enabled.
  BreakerRulePair rules_of(const model::Api& api) const;

 private:
  std::shared_ptr<const model::BreakerRule> rule_of(const model::Api& api,
                                                    model::BreakerScope scope) const;

  std::unordered_map<std::string, std::shared_ptr<const model::BreakerRule>> by_target_;
};

}  // namespace apiforge::gateway
