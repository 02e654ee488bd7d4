// Registration: `/api/v1/auth/register`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> register_user(const OperationCall& call);

}  // namespace apiforge::admin
