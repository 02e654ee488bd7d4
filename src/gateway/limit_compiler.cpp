#include "gateway/limit_compiler.hpp"

#include <algorithm>

namespace apiforge::gateway {
namespace {

using QuotaPtr = std::shared_ptr<const model::Quota>;

bool is_same_quota(const QuotaPtr& a, const QuotaPtr& b) {
  return a == b || *a == *b;
}

std::string target_of(model::BreakerScope scope, std::string_view tenant, std::string_view api,
                      std::string_view version) {
  std::string target(scope == model::BreakerScope::Api ? "api:" : "endpoint:");
  return target.append(tenant).append("/").append(api).append("@").append(version);
}

}  // namespace

std::shared_ptr<const CompiledLimits> compile_limits(
    const Catalogue& catalogue, const std::shared_ptr<const CompiledLimits>& previous) {
  const bool is_same = previous && previous->default_rate == catalogue.default_rate &&
                       std::ranges::equal(previous->quotas, catalogue.quotas, is_same_quota);
  if (is_same) return previous;
  auto limits = std::make_shared<CompiledLimits>();
  limits->quotas = catalogue.quotas;
  limits->default_rate = catalogue.default_rate;
  limits->book = quota::LimitBook::compile(catalogue.quotas, catalogue.default_rate,
                                           previous ? previous->book.get() : nullptr);
  limits->look_at_paths = std::ranges::any_of(catalogue.quotas, [](const QuotaPtr& quota) {
    return quota->enabled && !quota->match.path.empty();
  });
  for (const quota::LimitPtr& limit : limits->book->limits()) limits->gates[limit.get()];
  return limits;
}

BreakerRules::BreakerRules(std::span<const std::shared_ptr<const model::BreakerRule>> rules) {
  for (const auto& rule : rules) {
    by_target_.insert_or_assign(
        target_of(rule->scope, rule->tenant.value, rule->api, rule->version), rule);
  }
}

BreakerRulePair BreakerRules::rules_of(const model::Api& api) const {
  if (by_target_.empty()) return {};
  return {.api = rule_of(api, model::BreakerScope::Api),
          .endpoint = rule_of(api, model::BreakerScope::Endpoint)};
}

std::shared_ptr<const model::BreakerRule> BreakerRules::rule_of(const model::Api& api,
                                                                model::BreakerScope scope) const {
  for (const std::string_view version : {std::string_view(api.version), std::string_view()}) {
    for (const std::string_view tenant :
         {std::string_view(api.tenant.value), std::string_view(model::kPlatformTenant)}) {
      const auto found = by_target_.find(target_of(scope, tenant, api.name, version));
      if (found != by_target_.end()) return found->second->enabled ? found->second : nullptr;
    }
  }
  return nullptr;
}

}  // namespace apiforge::gateway
