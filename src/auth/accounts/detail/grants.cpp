#include "auth/accounts/detail/grants.hpp"

#include <algorithm>

#include "auth/accounts/detail/rules.hpp"
#include "base/in_quotes.hpp"

namespace apiforge::auth::accounts::detail {
namespace {

constexpr std::uint32_t kUsersAtATime = 500;
constexpr std::string_view kPlatformRole = "admin";

bool is_platform(const model::TenantId& tenant) {
  return tenant.value == model::kPlatformTenant;
}

/// nullopt when there is no such role in the tenant.
Result<std::optional<model::PermissionSet>> find_role(storage::Transaction& transaction,
                                                      const model::TenantId& tenant,
                                                      const std::string& name) {
  using Found = std::optional<model::PermissionSet>;
  if (name == kPlatformRole && !is_platform(tenant)) return Found();
  if (auto built_in = model::built_in_role(name)) return built_in;
  if (!check_role_name(name)) return Found();
  auto role = storage::find<model::Role>(transaction, storage::role_record_id(tenant, name));
  if (!role) return std::unexpected(std::move(role.error()));
  if (!*role) return Found();
  return Found((*role)->value.permissions);
}

}  // namespace

Result<model::PermissionSet> permissions_of(storage::Transaction& transaction,
                                            const model::TenantId& tenant,
                                            std::span<const std::string> roles) {
  model::PermissionSet permissions;
  for (const std::string& name : roles) {
    auto role = find_role(transaction, tenant, name);
    if (!role) return std::unexpected(std::move(role.error()));
    if (*role) permissions = permissions | **role;
  }
  return permissions;
}

Result<void> check_grant(storage::Transaction& transaction, const Caller& caller,
                         const model::TenantId& tenant, std::span<const std::string> roles) {
  if (roles.size() > kMaxRolesPerUser) {
    return fail(ErrorCode::InvalidValue, "a user has at most 16 roles");
  }
  for (auto role = roles.begin(); role != roles.end(); ++role) {
    if (std::find(roles.begin(), role, *role) != role) {
      return fail(ErrorCode::InvalidValue, "the role " + in_quotes(*role) + " is named twice");
    }
    auto permissions = find_role(transaction, tenant, *role);
    if (!permissions) return std::unexpected(std::move(permissions.error()));
    if (!*permissions) {
      return fail(ErrorCode::InvalidValue, "there is no role " + in_quotes(*role) + " here");
    }
    if (auto allowed = require_power_over(caller, **permissions); !allowed) return allowed;
  }
  return {};
}

Result<void> require_power_over(const Caller& caller, model::PermissionSet permissions) {
  if (caller.permissions.includes(permissions)) return {};
  return fail(
      ErrorCode::Forbidden,
      "this needs every permission that it is about, and the caller does not have them all");
}

bool is_administrator(const model::TenantId& tenant, model::PermissionSet permissions) {
  return permissions.has(is_platform(tenant) ? model::Permission::PlatformManage
                                             : model::Permission::AuthManage);
}

Result<bool> has_administrator(storage::Transaction& transaction, const model::TenantId& tenant) {
  storage::ListQuery query{.tenant = tenant.value, .owner = {}, .after = {}};
  query.limit = kUsersAtATime;
  for (;;) {
    auto users = storage::list<model::User>(transaction, query);
    if (!users) return std::unexpected(std::move(users.error()));
    for (const auto& user : *users) {
      if (user.value.disabled) continue;
      auto permissions = permissions_of(transaction, tenant, user.value.roles);
      if (!permissions) return std::unexpected(std::move(permissions.error()));
      if (is_administrator(tenant, *permissions)) return true;
    }
    if (users->size() < query.limit) return false;
    query.after = users->back().value.id.value;
  }
}

Result<void> check_administrator_remains(storage::Transaction& transaction,
                                         const model::TenantId& tenant) {
  auto remains = has_administrator(transaction, tenant);
  if (!remains) return std::unexpected(std::move(remains.error()));
  if (*remains) return {};
  return fail(ErrorCode::LastAdministrator,
              "nobody would be left who may manage this tenant; make another administrator first");
}

Result<storage::Stored<model::Tenant>> find_tenant(storage::Transaction& transaction,
                                                   const model::TenantId& id) {
  if (is_id(id.value)) {
    auto tenant = storage::find<model::Tenant>(transaction, id.value);
    if (!tenant) return std::unexpected(std::move(tenant.error()));
    if (*tenant) return **std::move(tenant);
  }
  return fail(ErrorCode::NotFound, "there is no such tenant");
}

}  // namespace apiforge::auth::accounts::detail
