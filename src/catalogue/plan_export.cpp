// Plan: what is stored as a configuration.
#include "catalogue/api_record.hpp"
#include "catalogue/detail/stored_lists.hpp"
#include "catalogue/plan.hpp"
#include "catalogue/rule_record.hpp"

namespace apiforge::catalogue {
namespace {

/// `binance-main`, `secret`: `${env:BINANCE_MAIN_SECRET}`.
std::string reference_to(std::string_view credential, std::string_view field) {
  std::string reference = "${env:";
  for (const char c : std::string(credential) + "_" + std::string(field)) {
    const bool is_small = c >= 'a' && c <= 'z';
    const bool stays = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    reference += is_small ? static_cast<char>(c - 'a' + 'A') : (stays ? c : '_');
  }
  return reference + "}";
}

template <class T>
Result<void> export_rules(storage::Transaction& transaction, const model::TenantId& tenant,
                          std::vector<T>& rules) {
  const auto records = detail::all_records(transaction, kRuleKind<T>, tenant);
  if (!records) return std::unexpected(records.error());
  for (const storage::Record& record : *records) {
    auto rule = rule_from_record<T>(record);
    if (!rule) return std::unexpected(std::move(rule.error()));
    rules.push_back(std::move(rule->value));
  }
  return {};
}

/// The file is one of whichever tenant it is applied to; see detail::adopt.
void forget_own_tenant(const model::TenantId& tenant, std::vector<model::Quota>& quotas) {
  if (tenant.value == model::kPlatformTenant) return;
  for (model::Quota& quota : quotas) {
    if (quota.match.tenant == tenant.value) quota.match.tenant.clear();
  }
}

/// `errors`, the second target: `${env:ERRORS_SECRET_2}`.
void refer_to_secrets(std::vector<model::AlertRule>& rules) {
  for (model::AlertRule& rule : rules) {
    for (std::size_t i = 0; i < rule.targets.size(); ++i) {
      if (rule.targets[i].secret.empty()) continue;
      const std::string field = i == 0 ? "secret" : "secret_" + std::to_string(i + 1);
      rule.targets[i].secret = Secret(reference_to(rule.name, field));
    }
  }
}

}  // namespace

Result<model::Configuration> export_configuration(storage::Transaction& transaction,
                                                  const auth::Vault& vault,
                                                  const model::TenantId& tenant) {
  const auto records = detail::all_records(transaction, storage::Kind::Api, tenant);
  if (!records) return std::unexpected(records.error());
  const auto credentials =
      detail::all_credentials(auth::CredentialStore(vault), transaction, tenant);
  if (!credentials) return std::unexpected(credentials.error());
  model::Configuration configuration;
  for (const auto& shown : *credentials) {
    model::Credential& credential = configuration.credentials.emplace_back();
    credential.name = shown.name;
    credential.kind = shown.kind;
    credential.tenant = tenant;
    for (const auto& field : shown.fields) {
      credential.fields[field.name] = Secret(reference_to(shown.name, field.name));
    }
  }
  for (const storage::Record& record : *records) {
    auto api = api_from_record(record);
    if (!api) return std::unexpected(std::move(api.error()));
    configuration.apis.push_back(std::move(api->value));
  }
  auto done = export_rules(transaction, tenant, configuration.quotas);
  if (done) done = export_rules(transaction, tenant, configuration.circuit_breakers);
  if (done) done = export_rules(transaction, tenant, configuration.alert_rules);
  if (!done) return std::unexpected(std::move(done.error()));
  forget_own_tenant(tenant, configuration.quotas);
  refer_to_secrets(configuration.alert_rules);
  return configuration;
}

}  // namespace apiforge::catalogue
