// What lists of rules are asked for, and whose rule an operation is about. Pure; any thread.
#pragma once
#include "admin/detail/operation_call.hpp"
#include "catalogue/rules.hpp"

namespace apiforge::admin {

/// Filters and page. InvalidParameter for a cursor that no list has given out.
Result<catalogue::RuleQuery> rule_query(const OperationCall& call);

/// `?tenant=`
std::optional<model::TenantId> tenant_of(const OperationCall& call);

}  // namespace apiforge::admin
