#include "admin/auth/users_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> list_users(const OperationCall& call) {
  const auto query = call.page();
  if (!query) return std::unexpected(query.error());
  const auto tenant = call.id_parameter<model::TenantId>("tenant");
  const auto page = call.accounts().users.list(call.actor, tenant, *query);
  if (!page) return std::unexpected(page.error());
  return page_reply(*page, [](const auto& user) { return show(user); });
}

Result<ControlReply> create_user(const OperationCall& call) {
  auth::accounts::NewUser request;
  request.username = call.text("username");
  request.email = call.text("email");
  request.password = call.secret("password");
  request.roles = call.texts("roles");
  request.tenant = call.optional_id<model::TenantId>("tenant_id");
  const auto user = call.accounts().users.create(call.actor, request);
  if (!user) return std::unexpected(user.error());
  return created(show(*user), user->revision, "/api/v1/auth/users/" + user->value.id.value);
}

Result<ControlReply> get_user(const OperationCall& call) {
  const auto user = call.accounts().users.get(call.actor, {call.id});
  if (!user) return std::unexpected(user.error());
  return reply_with(show(*user), user->revision);
}

Result<ControlReply> patch_user(const OperationCall& call) {
  auth::accounts::UserPatch patch;
  patch.username = call.optional_text("username");
  patch.email = call.optional_text("email");
  patch.password = call.optional_secret("password");
  patch.roles = call.optional_texts("roles");
  patch.disabled = call.optional_flag("disabled");
  const auto user = call.accounts().users.patch(call.actor, {call.id}, patch, call.if_match);
  if (!user) return std::unexpected(user.error());
  return reply_with(show(*user), user->revision);
}

Result<ControlReply> delete_user(const OperationCall& call) {
  const auto done = call.accounts().users.remove(call.actor, {call.id}, call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
