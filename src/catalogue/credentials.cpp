#include "catalogue/credentials.hpp"

#include <algorithm>
#include <ranges>

#include "auth/accounts/change.hpp"
#include "base/in_quotes.hpp"
#include "catalogue/detail/api_rules.hpp"
#include "catalogue/detail/requests.hpp"
#include "model/validate.hpp"

namespace apiforge::catalogue {
namespace {

using auth::accounts::Deed;
using detail::declared_credential;

constexpr model::PermissionSet kReadCredentials{model::Permission::GatewayRead};
constexpr model::PermissionSet kWriteCredentials{model::Permission::GatewayWrite};

Deed deed_on_credential(std::string action, std::string_view name) {
  return {.action = std::move(action),
          .target = "credential:" + std::string(name),
          .tenant = {},
          .details = {}};
}

std::unexpected<Error> credential_of_file(std::string_view name) {
  return fail(ErrorCode::DeclaredInFile,
              "the credential " + in_quotes(name) +
                  " is declared in the configuration file; change it there");
}

/// Kind and names of fields; never a value, not even masked.
std::string told_of(const auth::MaskedCredential& credential) {
  std::string names;
  for (const auto& field : credential.fields) {
    names += names.empty() ? "" : ", ";
    names += field.name;
  }
  return auth::AuditDetails().fact("kind", credential.kind).fact("members", names).text();
}

/// A credential of the file as it may be shown.
CredentialView view_of(const model::Credential& credential) {
  CredentialView view{.tenant = credential.tenant, .shown = {}, .declared = true};
  view.shown.name = credential.name;
  view.shown.kind = credential.kind;
  for (const auto& [name, value] : credential.fields) {
    view.shown.fields.push_back({name, auth::masked(value.reveal())});
  }
  return view;
}

/// The names of the file's credentials of a tenant behind `after`, with what they are.
std::map<std::string_view, const model::Credential*> declared_behind(
    const model::Configuration& file, const model::TenantId& tenant, std::string_view after) {
  std::map<std::string_view, const model::Credential*> found;
  if (tenant.value != model::kPlatformTenant) return found;
  for (const auto& credential : file.credentials) {
    if (credential.name > after) found[credential.name] = &credential;
  }
  return found;
}

/// The stored and the declared ones in the order of names; where both have a name, the declared one
/// is in force.
Result<Page<CredentialView>> page_of(const auth::CredentialStore& store,
                                     storage::Transaction& transaction,
                                     const model::Configuration& file,
                                     const model::TenantId& tenant, const PageQuery& query) {
  std::map<std::string, CredentialView> all;
  for (const auto& [name, credential] : declared_behind(file, tenant, query.after)) {
    all.emplace(name, view_of(*credential));
  }
  auto stored = store.list(transaction, tenant, query.after, query.limit + 1);
  if (!stored) return std::unexpected(std::move(stored.error()));
  const bool more_are_stored = stored->size() > query.limit;
  for (auto& shown : *stored) {
    std::string name = shown.name;
    all.try_emplace(std::move(name), CredentialView{tenant, std::move(shown), false});
  }
  Page<CredentialView> page;
  for (auto& view : all | std::views::values | std::views::take(query.limit)) {
    page.items.push_back(std::move(view));
  }
  if (all.size() > query.limit || more_are_stored) page.next = page.items.back().shown.name;
  return page;
}

}  // namespace

Checked<CredentialView> Credentials::create(const Actor& actor,
                                            const NewCredential& request) const {
  return auth::accounts::change_within(
      ports_.accounts, actor, kWriteCredentials, storage::Scope::platform(),
      deed_on_credential("credential.create", request.name),
      [&](storage::Transaction& transaction, Deed& told) -> Checked<CredentialView> {
        auto tenant = auth::accounts::tenant_for(*actor.caller, request.tenant);
        if (!tenant) return std::unexpected(std::move(tenant.error()));
        told.tenant = tenant->value;
        if (auto known = detail::check_tenant_exists(transaction, *tenant); !known) {
          return std::unexpected(std::move(known.error()));
        }
        const model::Credential credential{request.name, request.kind, request.fields, *tenant};
        if (auto faults = model::validate_credential(credential); !faults.empty()) {
          return refuse_body(std::move(faults));
        }
        if (declared_credential(*ports_.inventory.file(), *tenant, request.name) != nullptr) {
          return credential_of_file(request.name);
        }
        auto stored = store().create(transaction, *tenant, credential);
        if (!stored && stored.error().code == ErrorCode::AlreadyExists) {
          return fail(ErrorCode::AlreadyExists, "there is a credential " + in_quotes(request.name));
        }
        if (!stored) return std::unexpected(std::move(stored.error()));
        told.details = told_of(*stored);
        return CredentialView{*std::move(tenant), *std::move(stored), false};
      });
}

Result<CredentialView> Credentials::get(const Actor& actor,
                                        const std::optional<model::TenantId>& tenant,
                                        std::string_view name) const {
  return auth::accounts::look(
      ports_.accounts, actor, kReadCredentials, deed_on_credential("credential.read", name),
      [&](storage::Transaction& transaction) -> Result<CredentialView> {
        auto owner = auth::accounts::tenant_for(*actor.caller, tenant);
        if (!owner) return std::unexpected(std::move(owner.error()));
        const auto file = ports_.inventory.file();
        if (const auto* declared = declared_credential(*file, *owner, name)) {
          return view_of(*declared);
        }
        auto stored = store().find(transaction, *owner, name);
        if (!stored) return std::unexpected(std::move(stored.error()));
        return CredentialView{*std::move(owner), *std::move(stored), false};
      });
}

Result<Page<CredentialView>> Credentials::list(const Actor& actor,
                                               const std::optional<model::TenantId>& tenant,
                                               const PageQuery& page) const {
  return auth::accounts::look(
      ports_.accounts, actor, kReadCredentials, deed_on_credential("credential.list", {}),
      [&](storage::Transaction& transaction) -> Result<Page<CredentialView>> {
        if (auto valid = detail::check_limit(page); !valid) {
          return std::unexpected(std::move(valid.error()));
        }
        const auto owner = auth::accounts::tenant_for(*actor.caller, tenant);
        if (!owner) return std::unexpected(owner.error());
        return page_of(store(), transaction, *ports_.inventory.file(), *owner, page);
      });
}

Checked<CredentialView> Credentials::rotate(const Actor& actor,
                                            const std::optional<model::TenantId>& tenant,
                                            std::string_view name,
                                            const std::map<std::string, Secret>& fields,
                                            IfMatch if_match) const {
  return auth::accounts::change(
      ports_.accounts, actor, kWriteCredentials, deed_on_credential("credential.rotate", name),
      [&](storage::Transaction& transaction, Deed& told) -> Checked<CredentialView> {
        auto owner = auth::accounts::tenant_for(*actor.caller, tenant);
        if (!owner) return std::unexpected(std::move(owner.error()));
        told.tenant = owner->value;
        if (declared_credential(*ports_.inventory.file(), *owner, name) != nullptr) {
          return credential_of_file(name);
        }
        const auto before = store().find(transaction, *owner, name);
        if (!before) return std::unexpected(before.error());
        if (auto same = auth::accounts::check_version(if_match, before->revision); !same) {
          return std::unexpected(std::move(same.error()));
        }
        const model::Credential next{before->name, before->kind, fields, *owner};
        if (auto faults = model::validate_credential(next); !faults.empty()) {
          return refuse_body(std::move(faults));
        }
        auto stored = store().replace(transaction, *owner, next, before->revision);
        if (!stored) return std::unexpected(std::move(stored.error()));
        told.details = told_of(*stored);
        return CredentialView{*std::move(owner), *std::move(stored), false};
      });
}

Result<void> Credentials::remove(const Actor& actor, const std::optional<model::TenantId>& tenant,
                                 std::string_view name, IfMatch if_match) const {
  return auth::accounts::change_within(
      ports_.accounts, actor, kWriteCredentials, storage::Scope::platform(),
      deed_on_credential("credential.remove", name),
      [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
        auto owner = auth::accounts::tenant_for(*actor.caller, tenant);
        if (!owner) return std::unexpected(std::move(owner.error()));
        told.tenant = owner->value;
        const auto inventory = ports_.inventory.read(transaction);
        if (!inventory) return std::unexpected(inventory.error());
        if (declared_credential(inventory->file(), *owner, name) != nullptr) {
          return credential_of_file(name);
        }
        const auto stored = store().find(transaction, *owner, name);
        if (!stored) return std::unexpected(stored.error());
        if (auto same = auth::accounts::check_version(if_match, stored->revision); !same) {
          return same;
        }
        auto user = inventory->stored().user_of_credential(*owner, name);
        if (!user) user = inventory->declared().user_of_credential(*owner, name);
        if (user) {
          return fail(ErrorCode::ResourceInUse, "the API " + in_quotes(*user) + " signs with it");
        }
        told.details = told_of(*stored);
        return store().remove(transaction, *owner, name, stored->revision);
      });
}

}  // namespace apiforge::catalogue
