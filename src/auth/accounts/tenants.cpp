#include "auth/accounts/tenants.hpp"

#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/grants.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth::accounts {
namespace {

using model::Permission;
using StoredTenant = storage::Stored<model::Tenant>;

constexpr model::PermissionSet kPlatform{Permission::PlatformManage};

Deed deed_on_tenant(std::string action, const model::TenantId& id) {
  return {.action = std::move(action), .target = "tenant:" + id.value, .tenant = {}, .details = {}};
}

Result<void> check_not_platform(const model::TenantId& id) {
  if (id.value != model::kPlatformTenant) return {};
  return fail(ErrorCode::LastAdministrator, "the tenant of the administrators has to stay");
}

Result<void> check_name_is_free(storage::Transaction& transaction, const std::string& name) {
  auto taken = storage::find_by_name<model::Tenant>(transaction, name);
  if (!taken) return std::unexpected(std::move(taken.error()));
  if (!*taken) return {};
  return fail(ErrorCode::AlreadyExists, "there is a tenant of this name");
}

Result<StoredTenant> find_version(storage::Transaction& transaction, const model::TenantId& id,
                                  IfMatch if_match) {
  auto tenant = detail::find_tenant(transaction, id);
  if (!tenant) return tenant;
  if (auto same = check_version(if_match, tenant->revision); !same) {
    return std::unexpected(std::move(same.error()));
  }
  return tenant;
}

}  // namespace

Result<StoredTenant> Tenants::create(const Actor& actor, const std::string& name) const {
  return change(ports_, actor, kPlatform, deed_on_tenant("tenant.create", {}),
                [&](storage::Transaction& transaction, Deed& told) -> Result<StoredTenant> {
                  auto valid = detail::check_name("a tenant", name);
                  if (valid) valid = check_name_is_free(transaction, name);
                  if (!valid) return std::unexpected(std::move(valid.error()));
                  model::Tenant tenant{.id = {make_id()}, .name = name};
                  told.target = "tenant:" + tenant.id.value;
                  told.tenant = tenant.id.value;
                  told.details = difference<model::Tenant>(nullptr, &tenant);
                  return storage::insert(transaction, std::move(tenant));
                });
}

Result<StoredTenant> Tenants::get(const Actor& actor, const model::TenantId& id) const {
  return look(
      ports_, actor, {}, deed_on_tenant("tenant.read", id),
      [&](storage::Transaction& transaction) { return detail::find_tenant(transaction, id); });
}

Result<Page<StoredTenant>> Tenants::list(const Actor& actor, const PageQuery& page) const {
  return look(ports_, actor, {}, deed_on_tenant("tenant.list", {}),
              [&](storage::Transaction& transaction) {
                return detail::page_of<model::Tenant>(transaction, {}, page);
              });
}

Result<StoredTenant> Tenants::patch(const Actor& actor, const model::TenantId& id,
                                    const TenantPatch& patch, IfMatch if_match) const {
  return change(ports_, actor, kPlatform, deed_on_tenant("tenant.update", id),
                [&](storage::Transaction& transaction, Deed& told) -> Result<StoredTenant> {
                  auto tenant = find_version(transaction, id, if_match);
                  if (!tenant) return tenant;
                  told.tenant = id.value;
                  const model::Tenant before = tenant->value;
                  Result<void> done;
                  if (patch.name && *patch.name != before.name) {
                    done = detail::check_name("a tenant", *patch.name);
                    if (done) done = check_name_is_free(transaction, *patch.name);
                    tenant->value.name = *patch.name;
                  }
                  if (done && patch.suspended) {
                    if (*patch.suspended) done = check_not_platform(id);
                    tenant->value.suspended = *patch.suspended;
                  }
                  told.details = difference(&before, &tenant->value);
                  if (done) done = storage::update(transaction, *tenant);
                  if (!done) return std::unexpected(std::move(done.error()));
                  return tenant;
                });
}

Result<void> Tenants::remove(const Actor& actor, const model::TenantId& id,
                             IfMatch if_match) const {
  return change(ports_, actor, kPlatform, deed_on_tenant("tenant.remove", id),
                [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
                  auto tenant = find_version(transaction, id, if_match);
                  if (!tenant) return std::unexpected(std::move(tenant.error()));
                  told.tenant = id.value;
                  told.details = difference<model::Tenant>(&tenant->value, nullptr);
                  auto done = check_not_platform(id);
                  if (done) done = detail::remove_belongings(transaction, id);
                  if (done)
                    done = transaction.remove(storage::Kind::Tenant, id.value, tenant->revision);
                  return done;
                });
}

}  // namespace apiforge::auth::accounts
