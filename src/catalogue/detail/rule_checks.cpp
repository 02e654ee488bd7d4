#include "catalogue/detail/rule_checks.hpp"

#include <algorithm>

#include "base/in_quotes.hpp"
#include "catalogue/rule_record.hpp"
#include "model/validate.hpp"

namespace apiforge::catalogue::detail {
namespace {

constexpr std::string_view kEach = "*";

std::vector<BodyFault> body_faults(std::vector<model::Fault> faults) {
  std::vector<BodyFault> result;
  for (auto& fault : faults) {
    result.push_back({std::move(fault.pointer), std::move(fault.message)});
  }
  return result;
}

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

std::vector<BodyFault> faults_of(const Inventory::Reading& inventory, const Subject& subject) {
  if (subject.api.empty() || subject.api == kEach) return {};
  bool has_name = false;
  for (const ApiIndex* index : {&inventory.stored(), &inventory.declared()}) {
    const auto* const versions = index->versions_of(subject.api);
    if (versions == nullptr || !subject.may_be(*versions)) continue;
    has_name = true;
    if (subject.version.empty() || subject.version == kEach) return {};
    if (versions->contains(subject.version)) return {};
  }
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
  return body_faults(model::validate_quota(quota));
}

std::vector<BodyFault> faults_in_itself(const Ports&, const model::BreakerRule& rule) {
  return body_faults(model::validate_breaker_rule(rule));
}

std::vector<BodyFault> faults_in_itself(const Ports& ports, const model::AlertRule& rule) {
  auto faults = body_faults(model::validate_alert_rule(rule));
  if (!faults.empty()) return faults;
  for (std::size_t i = 0; i < rule.targets.size(); ++i) {
    const std::string& webhook = rule.targets[i].webhook;
    if (webhook.empty()) continue;
    const auto url = model::parse_upstream_url(webhook.substr(0, webhook.find('?')));
    if (!url) continue;  // is a fault already
    if (auto allowed = ports.check_address(*url); !allowed) {
      faults.push_back({target_pointer(i, "webhook"), std::move(allowed.error().detail)});
    }
  }
  return faults;
}

std::vector<BodyFault> faults_of_subject(const Inventory::Reading& inventory,
                                         const model::Quota& quota) {
  return faults_of(inventory, {quota.tenant, quota.match.api, quota.match.version,
                               Foreign::OfPlatform, "/match"});
}

std::vector<BodyFault> faults_of_subject(const Inventory::Reading& inventory,
                                         const model::BreakerRule& rule) {
  return faults_of(inventory, {rule.tenant, rule.api, rule.version, Foreign::None, ""});
}

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
