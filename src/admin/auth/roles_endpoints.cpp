#include "admin/auth/roles_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {
namespace {

std::optional<model::TenantId> tenant_of(const OperationCall& call) {
  return call.id_parameter<model::TenantId>("tenant");
}

}  // namespace

Result<ControlReply> list_roles(const OperationCall& call) {
  const auto roles = call.accounts().roles.list(call.actor, tenant_of(call));
  if (!roles) return std::unexpected(roles.error());
  boost::json::array items;
  for (const auto& role : *roles) items.push_back(show(role));
  return list_reply(std::move(items), "");
}

Result<ControlReply> create_role(const OperationCall& call) {
  auth::accounts::NewRole request;
  request.name = call.text("name");
  request.description = call.optional_text("description").value_or("");
  request.permissions = call.texts("permissions");
  request.tenant = call.optional_id<model::TenantId>("tenant_id");
  const auto role = call.accounts().roles.create(call.actor, request);
  if (!role) return std::unexpected(role.error());
  return created(show(*role), role->revision, "/api/v1/auth/roles/" + role->value.name);
}

Result<ControlReply> get_role(const OperationCall& call) {
  const auto role = call.accounts().roles.get(call.actor, tenant_of(call), call.id);
  if (!role) return std::unexpected(role.error());
  return role->built_in ? reply_with(show(*role)) : reply_with(show(*role), role->role.revision);
}

Result<ControlReply> patch_role(const OperationCall& call) {
  const auto role = call.accounts().roles.patch(call.actor, tenant_of(call), call.id,
                                                {.description = call.optional_text("description"),
                                                 .permissions = call.optional_texts("permissions")},
                                                call.if_match);
  if (!role) return std::unexpected(role.error());
  return reply_with(show(*role), role->revision);
}

Result<ControlReply> delete_role(const OperationCall& call) {
  const auto done =
      call.accounts().roles.remove(call.actor, tenant_of(call), call.id, call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
