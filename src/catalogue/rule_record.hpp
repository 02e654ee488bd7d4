// Quotas, breaker rules and alert rules, and their records in the store: the JSON form of the
// contract as the body, `tenant.name` as the id. The secrets of an alert rule lie beside it in the
// body, sealed one by one for their place in it. Any thread of the blocking pool.
#pragma once
#include <string>
#include <string_view>

#include "auth/vault/vault.hpp"
#include "model/api.hpp"
#include "storage/records.hpp"

namespace apiforge::catalogue {

/// Stands for a secret that is not shown.
inline constexpr std::string_view kHiddenSecret = "***";

/// What a rule is called in its tenant, in lists and in paths of the control API.
const std::string& rule_name(const model::Quota& quota);
const std::string& rule_name(const model::AlertRule& rule);
/// See model::breaker_rule_name.
std::string rule_name(const model::BreakerRule& rule);

/// `tenant.name`: the id of the record.
std::string rule_id(const model::TenantId& tenant, std::string_view name);

template <class T>
inline constexpr storage::Kind kRuleKind = storage::Kind::Quota;
template <>
inline constexpr storage::Kind kRuleKind<model::BreakerRule> = storage::Kind::CircuitBreaker;
template <>
inline constexpr storage::Kind kRuleKind<model::AlertRule> = storage::Kind::AlertRule;

/// Without revision and times. Secrets are sealed in the transaction, which must be a writing one.
Result<storage::Record> to_record(storage::Transaction& transaction, const auth::Vault& vault,
                                  const model::Quota& quota);
Result<storage::Record> to_record(storage::Transaction& transaction, const auth::Vault& vault,
                                  const model::BreakerRule& rule);
Result<storage::Record> to_record(storage::Transaction& transaction, const auth::Vault& vault,
                                  const model::AlertRule& rule);

/// With `***` for secrets. SealedDataUnreadable when the body is not what this build writes.
template <class T>
Result<storage::Stored<T>> rule_from_record(const storage::Record& record);
template <>
Result<storage::Stored<model::Quota>> rule_from_record(const storage::Record& record);
template <>
Result<storage::Stored<model::BreakerRule>> rule_from_record(const storage::Record& record);
template <>
Result<storage::Stored<model::AlertRule>> rule_from_record(const storage::Record& record);

/// Puts the secrets of a record into the rule that `rule_from_record` made of it. Fails as
/// Vault::open does.
Result<void> open_secrets(storage::Transaction& transaction, const auth::Vault& vault,
                          const storage::Record& record, model::AlertRule& rule);
/// Those have none.
inline Result<void> open_secrets(storage::Transaction&, const auth::Vault&, const storage::Record&,
                                 model::Quota&) {
  return {};
}
inline Result<void> open_secrets(storage::Transaction&, const auth::Vault&, const storage::Record&,
                                 model::BreakerRule&) {
  return {};
}

/// The rule with its secrets.
template <class T>
Result<storage::Stored<T>> open_rule(storage::Transaction& transaction, const auth::Vault& vault,
                                     const storage::Record& record) {
  auto stored = rule_from_record<T>(record);
  if (!stored) return stored;
  if (auto opened = open_secrets(transaction, vault, record, stored->value); !opened) {
    return std::unexpected(std::move(opened.error()));
  }
  return stored;
}

}  // namespace apiforge::catalogue
