// The audit log: `/api/v1/auth/audit`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_audit(const OperationCall& call);
Result<ControlReply> verify_audit_log(const OperationCall& call);

}  // namespace apiforge::admin
