#include "catalogue/detail/rule_checks.hpp"

#include <algorithm>
#include <type_traits>

#include "base/in_quotes.hpp"
#include "catalogue/detail/stored_lists.hpp"
#include "catalogue/rule_record.hpp"
#include "model/quota_reach.hpp"
#include "model/validate.hpp"

namespace apiforge::catalogue::detail {
namespace {

constexpr std::string_view kEach = "*";
constexpr std::size_t kMostRules = 1'000;
constexpr std::size_t kMostRulesOfPlatform = 10'000;
constexpr std::size_t kMostQuotasOfACall = 64;

std::string target_pointer(std::size_t index, std::string_view member) {
  return "/targets/" + std::to_string(index) + "/" + std::string(member);
}

/// Whose Apis a rule may be about, beside those of its own tenant.
enum class Foreign : std::uint8_t { None, OfPlatform };

/// What a rule says of the Api that it is about.
struct Subject {
  const model::TenantId& tenant;
  std::string_view api;
  std::string_view version;
  Foreign foreign;
  std::string_view pointer;  ///< of the object that names it

  bool may_be(const ApiIndex::Versions& versions) const {
    const model::TenantId& owner = versions.begin()->second.value->tenant;
    return tenant.value == model::kPlatformTenant || owner == tenant ||
           (foreign == Foreign::OfPlatform && owner.value == model::kPlatformTenant);
  }
};

/// Of the Api that the subject names, all versions that there will be.
std::set<std::string_view> versions_of(const Inventory::Reading& inventory, const Subject& subject,
                                       const ApiChanges& changes) {
  std::set<std::string_view> found;
  for (const ApiIndex* index : {&inventory.stored(), &inventory.declared()}) {
    const auto* const versions = index->versions_of(subject.api);
    if (versions == nullptr || !subject.may_be(*versions)) continue;
    for (const auto& [version, api] : *versions) {
      const bool goes =
          index == &inventory.stored() && changes.removed.contains(api_id(subject.api, version));
      if (!goes) found.insert(version);
    }
  }
  const std::string prefix = api_id(subject.api, {});
  for (auto id = changes.made.lower_bound(prefix); id != changes.made.end(); ++id) {
    if (!id->starts_with(prefix)) break;
    found.insert(std::string_view(*id).substr(prefix.size()));
  }
  return found;
}

std::vector<BodyFault> faults_of(const Inventory::Reading& inventory, const Subject& subject,
                                 const ApiChanges& changes) {
  if (subject.api.empty() || subject.api == kEach) return {};
  const auto versions = versions_of(inventory, subject, changes);
  const bool has_name = !versions.empty();
  const bool any_version = subject.version.empty() || subject.version == kEach;
  if (has_name && (any_version || versions.contains(subject.version))) return {};
  const std::string pointer(subject.pointer);
  if (!has_name) return {{pointer + "/api", "there is no API " + in_quotes(subject.api)}};
  return {{pointer + "/version",
           "the API " + in_quotes(subject.api) + " has no version " + in_quotes(subject.version)}};
}

}  // namespace

void adopt(model::Quota& quota) {
  std::string& tenant = quota.match.tenant;
  if (quota.tenant.value != model::kPlatformTenant && (tenant.empty() || tenant == kEach)) {
    tenant = quota.tenant.value;
  }
}

std::vector<BodyFault> faults_in_itself(const Ports&, const model::Quota& quota) {
  return model::validate_quota(quota);
}

std::vector<BodyFault> faults_in_itself(const Ports&, const model::BreakerRule& rule) {
  return model::validate_breaker_rule(rule);
}

std::vector<BodyFault> faults_in_itself(const Ports& ports, const model::AlertRule& rule) {
  auto faults = model::validate_alert_rule(rule);
  if (!faults.empty()) return faults;
  for (std::size_t i = 0; i < rule.targets.size(); ++i) {
    const std::string& webhook = rule.targets[i].webhook;
    if (webhook.empty()) continue;
    const auto url = model::parse_resource_url(webhook);
    if (!url) continue;  // is a fault already
    if (auto allowed = ports.check_address(url->server); !allowed) {
      faults.push_back({target_pointer(i, "webhook"), std::move(allowed.error().detail)});
    }
  }
  return faults;
}

std::vector<BodyFault> faults_of_subject(const Inventory::Reading& inventory,
                                         const model::Quota& quota, const ApiChanges& changes) {
  return faults_of(
      inventory,
      {quota.tenant, quota.match.api, quota.match.version, Foreign::OfPlatform, "/match"}, changes);
}

std::vector<BodyFault> faults_of_subject(const Inventory::Reading& inventory,
                                         const model::BreakerRule& rule,
                                         const ApiChanges& changes) {
  return faults_of(inventory, {rule.tenant, rule.api, rule.version, Foreign::None, ""}, changes);
}

template <class T>
Result<std::string> too_many(storage::Transaction& transaction, const model::TenantId& tenant) {
  const auto records = all_records(transaction, kRuleKind<T>, tenant);
  if (!records) return std::unexpected(records.error());
  const bool of_platform = tenant.value == model::kPlatformTenant;
  const std::size_t most = of_platform ? kMostRulesOfPlatform : kMostRules;
  if (records->size() > most) {
    return "a tenant can have " + std::to_string(most) + " of them, and this would be one more";
  }
  if constexpr (std::is_same_v<T, model::Quota>) {
    std::vector<model::Quota> quotas;
    // What the operator makes for all tenants is not bounded for a call: it knows what it costs.
    for (const storage::Record& record : of_platform ? std::vector<storage::Record>() : *records) {
      auto stored = rule_from_record<model::Quota>(record);
      if (stored) quotas.push_back(std::move(stored->value));
    }
    if (model::most_for_one_call(quotas) > kMostQuotasOfACall) {
      return "for one call at most " + std::to_string(kMostQuotasOfACall) +
             " quotas of a tenant can hold, and these would be more";
    }
  }
  return std::string();
}

template Result<std::string> too_many<model::Quota>(storage::Transaction&, const model::TenantId&);
template Result<std::string> too_many<model::BreakerRule>(storage::Transaction&,
                                                          const model::TenantId&);
template Result<std::string> too_many<model::AlertRule>(storage::Transaction&,
                                                        const model::TenantId&);

std::vector<BodyFault> keep_secrets(const model::AlertRule* stored, model::AlertRule& rule) {
  std::vector<BodyFault> faults;
  for (std::size_t i = 0; i < rule.targets.size(); ++i) {
    model::AlertTarget& target = rule.targets[i];
    if (target.secret.reveal() != kHiddenSecret) continue;
    const model::AlertTarget* kept = nullptr;
    if (stored != nullptr) {
      const auto found =
          std::ranges::find(stored->targets, target.webhook, &model::AlertTarget::webhook);
      if (found != stored->targets.end() && !found->secret.empty()) kept = &*found;
    }
    if (kept != nullptr) {
      target.secret = kept->secret;
    } else {
      faults.push_back({target_pointer(i, "secret"),
                        "must be the secret itself: none is stored for this webhook"});
    }
  }
  return faults;
}

}  // namespace apiforge::catalogue::detail
