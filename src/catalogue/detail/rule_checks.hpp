// What quotas, breaker rules and alert rules have to keep to before they are stored: in themselves,
// beside the Apis that they name, and what becomes of their secrets. See ports.hpp for threads.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "catalogue/ports.hpp"

namespace apiforge::catalogue::detail {

/// Makes the rule one of its tenant: a quota bounds callers of that tenant only.
void adopt(model::Quota& quota);
inline void adopt(model::BreakerRule&) {}
inline void adopt(model::AlertRule&) {}

/// The faults of a rule whose tenant is set: of its values, and of the addresses of webhooks, whose
/// names are resolved. May block; not for transactions.
std::vector<BodyFault> faults_in_itself(const Ports& ports, const model::Quota& quota);
std::vector<BodyFault> faults_in_itself(const Ports& ports, const model::BreakerRule& rule);
std::vector<BodyFault> faults_in_itself(const Ports& ports, const model::AlertRule& rule);

/// The Apis of one tenant that a transaction makes and removes beside the rule, as ids.
struct ApiChanges {
  std::set<std::string, std::less<>> made{};
  std::set<std::string, std::less<>> removed{};
};

/// A fault when there is no such Api for the rule's tenant as the rule names. Alert rules may name
/// what comes later.
std::vector<BodyFault> faults_of_subject(const Inventory::Reading& inventory,
                                         const model::Quota& quota, const ApiChanges& changes = {});
std::vector<BodyFault> faults_of_subject(const Inventory::Reading& inventory,
                                         const model::BreakerRule& rule,
                                         const ApiChanges& changes = {});
inline std::vector<BodyFault> faults_of_subject(const Inventory::Reading&, const model::AlertRule&,
                                                const ApiChanges& = {}) {
  return {};
}

/// Each node decides all quotas of a call, and holds all rules: 1 000 of a kind in a tenant (of the
/// platform, which has them for its tenants too, 10 000), and 64 quotas of a tenant for one call.
/// Says what there are too many of, once they are written; empty when there are not.
template <class T>
Result<std::string> too_many(storage::Transaction& transaction, const model::TenantId& tenant);

/// Puts the secrets of `stored` (null: there is none) in the place of those that say `***`, by the
/// webhook that they belong to. Faults where there is none to keep.
std::vector<BodyFault> keep_secrets(const model::AlertRule* stored, model::AlertRule& rule);
inline std::vector<BodyFault> keep_secrets(const model::Quota*, model::Quota&) {
  return {};
}
inline std::vector<BodyFault> keep_secrets(const model::BreakerRule*, model::BreakerRule&) {
  return {};
}

}  // namespace apiforge::catalogue::detail
