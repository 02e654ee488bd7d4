#include "admin/auth/invitations_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> list_invitations(const OperationCall& call) {
  const auto query = call.page();
  if (!query) return std::unexpected(query.error());
  const auto tenant = call.id_parameter<model::TenantId>("tenant");
  const auto page = call.accounts().invitations.list(call.actor, tenant, *query);
  if (!page) return std::unexpected(page.error());
  return page_reply(*page, [](const auto& invitation) { return show(invitation); });
}

Result<ControlReply> create_invitation(const OperationCall& call) {
  auth::accounts::NewInvitation request;
  request.email = call.text("email");
  request.roles = call.texts("roles");
  request.tenant = call.optional_id<model::TenantId>("tenant_id");
  if (const auto lifetime = call.optional_integer("lifetime_ms")) {
    request.lifetime =
        std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(*lifetime));
  }
  const auto invited = call.accounts().invitations.create(call.actor, request);
  if (!invited) return std::unexpected(invited.error());
  auto resource = show(invited->invitation);
  resource["token"] = invited->token.reveal();
  return created(resource, invited->invitation.revision,
                 "/api/v1/auth/invitations/" + invited->invitation.value.id.value);
}

Result<ControlReply> revoke_invitation(const OperationCall& call) {
  const auto done = call.accounts().invitations.revoke(call.actor, {call.id});
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
