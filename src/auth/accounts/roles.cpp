#include "auth/accounts/roles.hpp"

#include <algorithm>

#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/grants.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "base/in_quotes.hpp"

namespace apiforge::auth::accounts {
namespace {

using model::Permission;
using StoredRole = storage::Stored<model::Role>;

constexpr model::PermissionSet kManageRoles{Permission::AuthManage};
constexpr std::uint32_t kUsersAtATime = 500;
constexpr std::string_view kPlatformRole = "admin";

Deed deed_on_role(std::string action, const std::string& name) {
  return {.action = std::move(action), .target = "role:" + name, .tenant = {}, .details = {}};
}

std::optional<RoleView> built_in(const model::TenantId& tenant, std::string_view name) {
  if (name == kPlatformRole && tenant.value != model::kPlatformTenant) return std::nullopt;
  const auto permissions = model::built_in_role(name);
  if (!permissions) return std::nullopt;
  model::Role role{.tenant = tenant,
                   .name = std::string(name),
                   .description = "built in",
                   .permissions = *permissions};
  return RoleView{{.value = std::move(role)}, true};
}

/// What a role may permit: known permissions that the caller has, and none over the platform but in
/// the platform's tenant.
Result<model::PermissionSet> grantable(const Caller& caller, const model::TenantId& tenant,
                                       const std::vector<std::string>& names) {
  auto permissions = model::parse_permissions(names);
  if (!permissions) return permissions;
  if (permissions->has(Permission::PlatformManage) && tenant.value != model::kPlatformTenant) {
    return fail(ErrorCode::InvalidValue, "platform:manage is for the platform's tenant alone");
  }
  if (auto allowed = detail::require_power_over(caller, *permissions); !allowed) {
    return std::unexpected(std::move(allowed.error()));
  }
  return permissions;
}

/// The tenant that a request names, which exists.
Result<model::TenantId> existing_tenant(storage::Transaction& transaction, const Caller& caller,
                                        const std::optional<model::TenantId>& requested) {
  auto id = tenant_for(caller, requested);
  if (!id) return id;
  auto tenant = detail::find_tenant(transaction, *id);
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  return id;
}

Result<StoredRole> find_role(storage::Transaction& transaction, const model::TenantId& tenant,
                             const std::string& name) {
  if (detail::check_role_name(name)) {
    auto role = storage::find<model::Role>(transaction, storage::role_record_id(tenant, name));
    if (!role) return std::unexpected(std::move(role.error()));
    if (*role) return **std::move(role);
  }
  return fail(ErrorCode::NotFound, "there is no such role");
}

/// A role of the tenant's own that the caller may change.
Result<StoredRole> find_subject(storage::Transaction& transaction, const Caller& caller,
                                const std::optional<model::TenantId>& requested,
                                const std::string& name, IfMatch if_match, Deed& told) {
  auto tenant = existing_tenant(transaction, caller, requested);
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  told.tenant = tenant->value;
  if (model::built_in_role(name)) {
    return fail(ErrorCode::InvalidValue, "a built-in role cannot be changed; make one of your own");
  }
  auto role = find_role(transaction, *tenant, name);
  if (!role) return role;
  auto allowed = detail::require_power_over(caller, role->value.permissions);
  if (allowed) allowed = check_version(if_match, role->revision);
  if (!allowed) return std::unexpected(std::move(allowed.error()));
  return role;
}

/// All the tenant's own, of which there are at most kMaxRolesPerTenant.
Result<std::vector<StoredRole>> own_roles(storage::Transaction& transaction,
                                          const model::TenantId& tenant) {
  storage::ListQuery query;
  query.tenant = tenant.value;
  query.limit = kMaxRolesPerTenant;
  return storage::list<model::Role>(transaction, query);
}

/// Users keep no role that is gone: one made later under its name would be given to them unasked.
Result<void> take_from_users(storage::Transaction& transaction, const model::Role& role,
                             WallTime now) {
  storage::ListQuery query;
  query.tenant = role.tenant.value;
  query.limit = kUsersAtATime;
  for (;;) {
    auto users = storage::list<model::User>(transaction, query);
    if (!users) return std::unexpected(std::move(users.error()));
    for (auto& user : *users) {
      if (std::erase(user.value.roles, role.name) == 0) continue;
      user.value.tokens_valid_from = detail::next_token_time(now);
      if (auto done = storage::update(transaction, user); !done) return done;
    }
    if (users->size() < query.limit) return {};
    query.after = users->back().value.id.value;
  }
}

}  // namespace

Result<StoredRole> Roles::create(const Actor& actor, const NewRole& request) const {
  return change(
      ports_, actor, kManageRoles, deed_on_role("role.create", request.name),
      [&](storage::Transaction& transaction, Deed& told) -> Result<StoredRole> {
        auto tenant = existing_tenant(transaction, *actor.caller, request.tenant);
        if (!tenant) return std::unexpected(std::move(tenant.error()));
        told.tenant = tenant->value;
        auto valid = detail::check_role_name(request.name);
        if (valid) valid = detail::check_description(request.description);
        if (!valid) return std::unexpected(std::move(valid.error()));
        auto permissions = grantable(*actor.caller, *tenant, request.permissions);
        if (!permissions) return std::unexpected(std::move(permissions.error()));
        auto others = own_roles(transaction, *tenant);
        if (!others) return std::unexpected(std::move(others.error()));
        if (others->size() >= kMaxRolesPerTenant) {
          return fail(ErrorCode::InvalidValue, "a tenant has at most 100 roles of its own");
        }
        const auto same_name = [&](const StoredRole& role) {
          return role.value.name == request.name;
        };
        if (model::built_in_role(request.name) || std::ranges::any_of(*others, same_name)) {
          return fail(ErrorCode::AlreadyExists, "there is a role " + in_quotes(request.name));
        }
        model::Role role{.tenant = *tenant,
                         .name = request.name,
                         .description = request.description,
                         .permissions = *permissions};
        told.details = difference<model::Role>(nullptr, &role);
        return storage::insert(transaction, std::move(role));
      });
}

Result<RoleView> Roles::get(const Actor& actor, const std::optional<model::TenantId>& tenant,
                            const std::string& name) const {
  return look(ports_, actor, kManageRoles, deed_on_role("role.read", name),
              [&](storage::Transaction& transaction) -> Result<RoleView> {
                auto id = existing_tenant(transaction, *actor.caller, tenant);
                if (!id) return std::unexpected(std::move(id.error()));
                if (auto role = built_in(*id, name)) return *std::move(role);
                auto role = find_role(transaction, *id, name);
                if (!role) return std::unexpected(std::move(role.error()));
                return RoleView{*std::move(role), false};
              });
}

Result<std::vector<RoleView>> Roles::list(const Actor& actor,
                                          const std::optional<model::TenantId>& tenant) const {
  return look(ports_, actor, kManageRoles, deed_on_role("role.list", {}),
              [&](storage::Transaction& transaction) -> Result<std::vector<RoleView>> {
                auto id = existing_tenant(transaction, *actor.caller, tenant);
                if (!id) return std::unexpected(std::move(id.error()));
                auto roles = own_roles(transaction, *id);
                if (!roles) return std::unexpected(std::move(roles.error()));
                std::vector<RoleView> views;
                for (const std::string_view name : model::built_in_role_names()) {
                  if (auto view = built_in(*id, name)) views.push_back(*std::move(view));
                }
                for (auto& role : *roles) views.push_back({std::move(role), false});
                return views;
              });
}

Result<StoredRole> Roles::patch(const Actor& actor, const std::optional<model::TenantId>& tenant,
                                const std::string& name, const RolePatch& patch,
                                IfMatch if_match) const {
  return change(ports_, actor, kManageRoles, deed_on_role("role.update", name),
                [&](storage::Transaction& transaction, Deed& told) -> Result<StoredRole> {
                  auto role =
                      find_subject(transaction, *actor.caller, tenant, name, if_match, told);
                  if (!role) return role;
                  const model::Role before = role->value;
                  auto managed = detail::has_administrator(transaction, before.tenant);
                  if (!managed) return std::unexpected(std::move(managed.error()));
                  if (patch.description) role->value.description = *patch.description;
                  auto done = detail::check_description(role->value.description);
                  if (done && patch.permissions) {
                    auto permissions = grantable(*actor.caller, before.tenant, *patch.permissions);
                    if (!permissions) return std::unexpected(std::move(permissions.error()));
                    role->value.permissions = *permissions;
                  }
                  told.details = difference(&before, &role->value);
                  if (done) done = storage::update(transaction, *role);
                  if (done && *managed) {
                    done = detail::check_administrator_remains(transaction, before.tenant);
                  }
                  if (!done) return std::unexpected(std::move(done.error()));
                  return role;
                });
}

Result<void> Roles::remove(const Actor& actor, const std::optional<model::TenantId>& tenant,
                           const std::string& name, IfMatch if_match) const {
  return change(
      ports_, actor, kManageRoles, deed_on_role("role.remove", name),
      [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
        auto role = find_subject(transaction, *actor.caller, tenant, name, if_match, told);
        if (!role) return std::unexpected(std::move(role.error()));
        const model::Role& gone = role->value;
        auto managed = detail::has_administrator(transaction, gone.tenant);
        if (!managed) return std::unexpected(std::move(managed.error()));
        told.details = difference<model::Role>(&gone, nullptr);
        auto done = take_from_users(transaction, gone, ports_.clock.wall());
        if (done) {
          done = transaction.remove(
              storage::Kind::Role, storage::role_record_id(gone.tenant, gone.name), role->revision);
        }
        if (done && *managed) done = detail::check_administrator_remains(transaction, gone.tenant);
        return done;
      });
}

}  // namespace apiforge::auth::accounts
