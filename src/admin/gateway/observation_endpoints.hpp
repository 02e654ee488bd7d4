// What the gateway tells of itself: /api/v1/gateway/stats and /api/v1/gateway/health. See
// operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> get_gateway_stats(const OperationCall& call);
Result<ControlReply> get_gateway_health(const OperationCall& call);

}  // namespace apiforge::admin
