#include "admin/auth/sessions_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> list_sessions(const OperationCall& call) {
  const auto page = call.page();
  if (!page) return std::unexpected(page.error());
  auth::accounts::SessionQuery query;
  query.page = *page;
  if (call.flag("everyone")) query.whose = auth::accounts::Whose::Everyone;
  query.tenant = call.id_parameter<model::TenantId>("tenant");
  query.user = call.id_parameter<model::UserId>("user");
  const auto sessions = call.accounts().sessions.list(call.actor, query);
  if (!sessions) return std::unexpected(sessions.error());
  return page_reply(*sessions, [&](const auto& session) {
    return show(session, session.value.id == call.actor.caller->session);
  });
}

Result<ControlReply> revoke_session(const OperationCall& call) {
  const auto done = call.accounts().sessions.revoke(call.actor, {call.id});
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
