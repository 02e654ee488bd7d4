// Plan: what has to change in the store so that a tenant has exactly the Apis, credentials, quotas,
// breaker rules and alert rules of a Configuration, as a list that people can read before it is
// carried out. Threads of the blocking
// pool, or the main thread of a command.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/refused.hpp"
#include "catalogue/ports.hpp"

namespace apiforge::catalogue {

/// What may be a secret is `"***"` on both sides.
struct MemberChange {
  std::string member;  ///< `upstream.endpoints[0].url`
  std::string before;  ///< JSON text; empty: it was not there
  std::string after;   ///< JSON text; empty: it goes
  friend bool operator==(const MemberChange&, const MemberChange&) = default;
};

struct PlannedChange {
  enum class What : std::uint8_t { Api, Credential, Quota, BreakerRule, AlertRule };
  enum class How : std::uint8_t { Create, Update, Remove };
  What what = What::Api;
  How how = How::Create;
  std::string name;                   ///< of an Api `name@version`, of a rule see rules.hpp
  std::uint64_t revision = 0;         ///< of the record that is updated or removed
  std::size_t wanted = 0;             ///< place in the wanted configuration, unless removed
  std::vector<MemberChange> members;  ///< when it is updated, as far as the old can be read
};

/// `api`, `credential`, `quota`, `circuit_breaker`, `alert_rule`.
std::string_view name_of(PlannedChange::What what);

struct Plan {
  model::TenantId tenant{};
  /// Credentials, Apis, rules; the removal of credentials comes last.
  std::vector<PlannedChange> changes{};
  std::uint64_t revision = 0;  ///< of the store when it was made
  bool empty() const { return changes.empty(); }
  /// Leaves what is stored and not wanted as it is.
  void remove_nothing() {
    std::erase_if(changes,
                  [](const auto& change) { return change.how == PlannedChange::How::Remove; });
  }
};

/// Makes all of it the tenant's: before it is validated.
void give_to(const model::TenantId& tenant, model::Configuration& wanted);

/// Compares `wanted`, which model::validate found sound, with what the store holds of the tenant,
/// of the kinds that `wanted` names. `transaction` has the scope of the platform.
/// SealedDataUnreadable does not happen: what cannot be read is planned to be written anew.
Result<Plan> make_plan(storage::Transaction& transaction, const auth::Vault& vault,
                       const model::TenantId& tenant, const model::Configuration& wanted);

/// For people, a line for each change and each member: `+ api name@version`, `~ ...` with
/// `member: before -> after`, `- ...`, and the counts. `no changes` for an empty plan.
std::string to_text(const Plan& plan);

/// What the plan makes or changes and leads to addresses that may not be: webhooks, whose names are
/// resolved, and endpoints that are written as addresses. Names of endpoints are looked at whenever
/// they are connected to; to resolve thousands of them would take too long. With pointers as for
/// `apply`. May block; not for transactions.
std::vector<BodyFault> faults_of_addresses(const Ports& ports, const Plan& plan,
                                           const model::Configuration& wanted);

/// Carries the plan out in one transaction, each change with its entry in the audit log. `wanted`
/// is what the plan was made of. Needs gateway:write, and quota:write where rules change.
/// InvalidBody when a name or a route is another tenant's or an address may not be, with pointers
/// into the configuration (`/apis/3/name`); VersionConflict when an Api or a credential was changed
/// since the plan was made. May block.
Checked<void> apply(const Ports& ports, const Actor& actor, const Plan& plan,
                    const model::Configuration& wanted);

/// What the store holds of the tenant. The fields of credentials, and the secrets of alert targets,
/// are references such as `${env:BINANCE_MAIN_SECRET}`, made of their names: no secret is opened.
Result<model::Configuration> export_configuration(storage::Transaction& transaction,
                                                  const auth::Vault& vault,
                                                  const model::TenantId& tenant);

}  // namespace apiforge::catalogue
