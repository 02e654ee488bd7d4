#include "admin/auth/audit_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"
#include "auth/access.hpp"
#include "auth/audit/audit_log.hpp"

namespace apiforge::admin {

Result<ControlReply> list_audit(const OperationCall& call) {
  const auth::Caller& caller = *call.actor.caller;
  const bool all = auth::may(caller, model::Permission::PlatformManage);
  const auto scope = all ? storage::Scope::platform() : storage::Scope::of(caller.tenant.value);
  const auto transaction = call.accounts().ports.store.begin(scope, storage::Mode::Read);
  if (!transaction) return std::unexpected(transaction.error());
  auth::AuditFilter filter;
  filter.tenant = call.parameter("tenant").value_or("");
  filter.actor = call.parameter("actor").value_or("");
  filter.action = call.parameter("action").value_or("");
  filter.from = call.time_parameter("from");
  filter.to = call.time_parameter("to");
  const auto page =
      auth::read_audit(**transaction, filter, call.parameter("cursor").value_or(""), call.limit());
  if (!page) return std::unexpected(page.error());
  boost::json::array items;
  for (const storage::AuditEntry& entry : page->entries) items.push_back(show(entry));
  return list_reply(std::move(items), page->next_cursor);
}

Result<ControlReply> verify_audit_log(const OperationCall& call) {
  const auto report = call.ports.verify_audit();
  if (!report) return std::unexpected(report.error());
  if (auth::may(*call.actor.caller, model::Permission::PlatformManage)) {
    return reply_with(show(*report));
  }
  // How much others do is none of a tenant's business; whether the log is whole is.
  boost::json::object verdict;
  verdict["ok"] = report->ok;
  return reply_with(verdict);
}

}  // namespace apiforge::admin
