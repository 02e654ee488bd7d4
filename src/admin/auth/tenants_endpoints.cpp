#include "admin/auth/tenants_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> list_tenants(const OperationCall& call) {
  const auto query = call.page();
  if (!query) return std::unexpected(query.error());
  const auto page = call.accounts().tenants.list(call.actor, *query);
  if (!page) return std::unexpected(page.error());
  return page_reply(*page, [](const auto& tenant) { return show(tenant); });
}

Result<ControlReply> create_tenant(const OperationCall& call) {
  const auto tenant = call.accounts().tenants.create(call.actor, call.text("name"));
  if (!tenant) return std::unexpected(tenant.error());
  return created(show(*tenant), tenant->revision, "/api/v1/auth/tenants/" + tenant->value.id.value);
}

Result<ControlReply> get_tenant(const OperationCall& call) {
  const auto tenant = call.accounts().tenants.get(call.actor, {call.id});
  if (!tenant) return std::unexpected(tenant.error());
  return reply_with(show(*tenant), tenant->revision);
}

Result<ControlReply> patch_tenant(const OperationCall& call) {
  const auto tenant = call.accounts().tenants.patch(
      call.actor, {call.id},
      {.name = call.optional_text("name"), .suspended = call.optional_flag("suspended")},
      call.if_match);
  if (!tenant) return std::unexpected(tenant.error());
  return reply_with(show(*tenant), tenant->revision);
}

Result<ControlReply> delete_tenant(const OperationCall& call) {
  const auto done = call.accounts().tenants.remove(call.actor, {call.id}, call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
