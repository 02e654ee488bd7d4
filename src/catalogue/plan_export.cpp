// Plan: what is stored as a configuration.
#include "catalogue/api_record.hpp"
#include "catalogue/detail/stored_lists.hpp"
#include "catalogue/plan.hpp"

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

}  // namespace

Result<model::Configuration> export_configuration(storage::Transaction& transaction,
                                                  const auth::Vault& vault,
                                                  const model::TenantId& tenant) {
  const auto records = detail::all_api_records(transaction, tenant);
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
  return configuration;
}

}  // namespace apiforge::catalogue
