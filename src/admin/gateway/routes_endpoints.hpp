// GET /api/routes: what leads to which Api. See operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_routes(const OperationCall& call);

}  // namespace apiforge::admin
