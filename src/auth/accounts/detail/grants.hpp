// Who may be given what: permissions of roles, and the rules that keep a caller from granting more
// than it has and a tenant from losing its last administrator. In the caller's transaction.
#pragma once
#include <span>
#include <string>

#include "auth/caller.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts::detail {

inline constexpr std::size_t kMaxRolesPerUser = 16;

/// What the roles permit together in that tenant. Unknown ones permit nothing.
Result<model::PermissionSet> permissions_of(storage::Transaction& transaction,
                                            const model::TenantId& tenant,
                                            std::span<const std::string> roles);

/// InvalidValue unless the roles exist in that tenant, at most kMaxRolesPerUser, each once;
/// Forbidden unless `caller` has all their permissions.
Result<void> check_grant(storage::Transaction& transaction, const Caller& caller,
                         const model::TenantId& tenant, std::span<const std::string> roles);

/// Forbidden unless the caller has all of `permissions`.
Result<void> require_power_over(const Caller& caller, model::PermissionSet permissions);

/// What makes a user an administrator of the tenant: auth:manage, and on the platform
/// platform:manage.
bool is_administrator(const model::TenantId& tenant, model::PermissionSet permissions);

/// Whether an enabled user of the tenant is an administrator.
Result<bool> has_administrator(storage::Transaction& transaction, const model::TenantId& tenant);

/// LastAdministrator unless an enabled user of the tenant is an administrator. To be called after
/// the change was written, so that two such changes at once cannot pass both.
Result<void> check_administrator_remains(storage::Transaction& transaction,
                                         const model::TenantId& tenant);

/// NotFound unless the tenant exists for this transaction.
Result<storage::Stored<model::Tenant>> find_tenant(storage::Transaction& transaction,
                                                   const model::TenantId& id);

}  // namespace apiforge::auth::accounts::detail
