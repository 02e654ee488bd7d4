#include "admin/detail/rule_query.hpp"

namespace apiforge::admin {

Result<catalogue::RuleQuery> rule_query(const OperationCall& call) {
  auto page = call.page();
  if (!page) return std::unexpected(std::move(page.error()));
  catalogue::RuleQuery query;
  if (const auto enabled = call.parameter("enabled")) query.enabled = *enabled == "true";
  query.api = call.parameter("api").value_or("");
  query.text = call.parameter("q").value_or("");
  query.tenant = tenant_of(call);
  query.page = *std::move(page);
  return query;
}

std::optional<model::TenantId> tenant_of(const OperationCall& call) {
  return call.id_parameter<model::TenantId>("tenant");
}

}  // namespace apiforge::admin
