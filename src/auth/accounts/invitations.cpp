#include "auth/accounts/invitations.hpp"

#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/grants.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/credential_digest.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth::accounts {
namespace {

using model::Permission;
using StoredInvitation = storage::Stored<model::Invitation>;

constexpr model::PermissionSet kManageInvitations{Permission::AuthManage};
constexpr std::string_view kInvitationPrefix = "afi_";
constexpr std::chrono::seconds kMinLifetime{std::chrono::minutes(1)};

Deed deed_on_invitation(std::string action, const model::InvitationId& id) {
  return {
      .action = std::move(action), .target = "invitation:" + id.value, .tenant = {}, .details = {}};
}

Result<void> check_lifetime(std::chrono::seconds lifetime) {
  if (lifetime >= kMinLifetime && lifetime <= kMaxInvitationLifetime) return {};
  return fail(ErrorCode::InvalidValue, "an invitation lives from one minute to 30 days");
}

/// The tenant of the request, when the caller may invite into it with these roles.
Result<model::TenantId> check_request(storage::Transaction& transaction, const Caller& caller,
                                      const NewInvitation& request, std::chrono::seconds lifetime) {
  auto valid = detail::check_email(request.email);
  if (valid) valid = check_lifetime(lifetime);
  if (!valid) return std::unexpected(std::move(valid.error()));
  auto id = tenant_for(caller, request.tenant);
  if (!id) return id;
  auto tenant = detail::find_tenant(transaction, *id);
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  auto granted = detail::check_grant(transaction, caller, *id, request.roles);
  if (!granted) return std::unexpected(std::move(granted.error()));
  return id;
}

}  // namespace

Result<CreatedInvitation> Invitations::create(const Actor& actor,
                                              const NewInvitation& request) const {
  return change(ports_, actor, kManageInvitations, deed_on_invitation("invitation.create", {}),
                [&](storage::Transaction& transaction, Deed& told) -> Result<CreatedInvitation> {
                  const auto lifetime =
                      request.lifetime.value_or(ports_.settings.invitation_lifetime);
                  auto tenant = check_request(transaction, *actor.caller, request, lifetime);
                  if (!tenant) return std::unexpected(std::move(tenant.error()));
                  Secret token = make_opaque_token(kInvitationPrefix);
                  model::Invitation invitation{.id = {make_id()},
                                               .tenant = *tenant,
                                               .email = request.email,
                                               .roles = request.roles,
                                               .digest = unkeyed_digest_hex(token.reveal()),
                                               .expires_at = ports_.clock.wall() + lifetime,
                                               .used_at = {}};
                  told.target = "invitation:" + invitation.id.value;
                  told.tenant = tenant->value;
                  told.details = difference<model::Invitation>(nullptr, &invitation);
                  auto stored = storage::insert(transaction, std::move(invitation));
                  if (!stored) return std::unexpected(std::move(stored.error()));
                  return CreatedInvitation{*std::move(stored), std::move(token)};
                });
}

Result<Page<StoredInvitation>> Invitations::list(const Actor& actor,
                                                 const std::optional<model::TenantId>& tenant,
                                                 const PageQuery& page) const {
  return look(ports_, actor, kManageInvitations, deed_on_invitation("invitation.list", {}),
              [&](storage::Transaction& transaction) -> Result<Page<StoredInvitation>> {
                auto filter = tenant_filter(*actor.caller, tenant);
                if (!filter) return std::unexpected(std::move(filter.error()));
                storage::ListQuery query;
                query.tenant = *std::move(filter);
                return detail::page_of<model::Invitation>(transaction, query, page);
              });
}

Result<void> Invitations::revoke(const Actor& actor, const model::InvitationId& id) const {
  return change(ports_, actor, kManageInvitations, deed_on_invitation("invitation.revoke", id),
                [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
                  Result<std::optional<StoredInvitation>> found;
                  if (detail::is_id(id.value)) {
                    found = storage::find<model::Invitation>(transaction, id.value);
                  }
                  if (!found) return std::unexpected(std::move(found.error()));
                  if (!*found) return fail(ErrorCode::NotFound, "there is no such invitation");
                  const StoredInvitation& invitation = **found;
                  told.tenant = invitation.value.tenant.value;
                  told.details = difference<model::Invitation>(&invitation.value, nullptr);
                  return transaction.remove(storage::Kind::Invitation, id.value,
                                            invitation.revision);
                });
}

}  // namespace apiforge::auth::accounts
