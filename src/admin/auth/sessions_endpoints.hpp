// Sessions: `/api/v1/auth/sessions`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_sessions(const OperationCall& call);
Result<ControlReply> revoke_session(const OperationCall& call);

}  // namespace apiforge::admin
