// The rules that the configuration file declares, kind by kind. Pure.
#pragma once
#include <algorithm>
#include <string_view>
#include <vector>

#include "catalogue/rule_record.hpp"
#include "model/api.hpp"

namespace apiforge::catalogue::detail {

inline const std::vector<model::Quota>& in_file(const model::Configuration& file,
                                                const model::Quota*) {
  return file.quotas;
}
inline const std::vector<model::BreakerRule>& in_file(const model::Configuration& file,
                                                      const model::BreakerRule*) {
  return file.circuit_breakers;
}
inline const std::vector<model::AlertRule>& in_file(const model::Configuration& file,
                                                    const model::AlertRule*) {
  return file.alert_rules;
}

/// Of the rules in the file, which are all the platform's; null when there is none.
template <class T>
const T* declared_rule(const model::Configuration& file, const model::TenantId& tenant,
                       std::string_view name) {
  if (tenant.value != model::kPlatformTenant) return nullptr;
  const auto& rules = in_file(file, static_cast<const T*>(nullptr));
  const auto found =
      std::ranges::find_if(rules, [&](const T& rule) { return rule_name(rule) == name; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace apiforge::catalogue::detail
