// The caller's own profile and password: `/api/v1/auth/profile`, `/api/v1/auth/password`. Threads
// of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> get_profile(const OperationCall& call);
Result<ControlReply> patch_profile(const OperationCall& call);
Result<ControlReply> change_password(const OperationCall& call);

}  // namespace apiforge::admin
