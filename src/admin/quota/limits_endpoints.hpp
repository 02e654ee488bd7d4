// What limits tell: /api/v1/quota/rate-limit/check, /stats and /health. See operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Checked<ControlReply> check_rate_limit(const OperationCall& call);
Result<ControlReply> get_quota_stats(const OperationCall& call);
Result<ControlReply> get_quota_health(const OperationCall& call);

}  // namespace apiforge::admin
