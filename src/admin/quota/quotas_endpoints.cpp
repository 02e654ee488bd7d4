#include "admin/quota/quotas_endpoints.hpp"

#include "admin/detail/quota_resources.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/rule_query.hpp"

namespace apiforge::admin {
namespace {

ControlReply show_quota(const catalogue::StoredQuota& quota) {
  return quota.declared ? reply_with(show(quota)) : reply_with(show(quota), quota.revision);
}

}  // namespace

Result<ControlReply> list_quotas(const OperationCall& call) {
  const auto query = rule_query(call);
  if (!query) return std::unexpected(query.error());
  const auto quotas = call.catalogue().quotas.list(call.actor, *query);
  if (!quotas) return std::unexpected(quotas.error());
  return page_reply(*quotas, [](const auto& quota) { return show(quota); });
}

Checked<ControlReply> create_quota(const OperationCall& call) {
  auto wanted = read_quota(call.body);
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  const auto quota =
      call.catalogue().quotas.create(call.actor, *std::move(wanted), tenant_of(call));
  if (!quota) return std::unexpected(quota.error());
  return created(show(*quota), quota->revision, "/api/v1/quota/quotas/" + quota->value.name);
}

Result<ControlReply> get_quota(const OperationCall& call) {
  const auto quota = call.catalogue().quotas.get(call.actor, tenant_of(call), call.id);
  if (!quota) return std::unexpected(quota.error());
  return show_quota(*quota);
}

Checked<ControlReply> replace_quota(const OperationCall& call) {
  auto wanted = read_quota(call.body);
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  const auto quota = call.catalogue().quotas.replace(call.actor, tenant_of(call), call.id,
                                                     *std::move(wanted), call.if_match);
  if (!quota) return std::unexpected(quota.error());
  return show_quota(*quota);
}

Result<ControlReply> delete_quota(const OperationCall& call) {
  const auto done =
      call.catalogue().quotas.remove(call.actor, tenant_of(call), call.id, call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
