// Login, refresh and logout: `/api/v1/auth/login`, ... and their short forms. Threads of the
// blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> login(const OperationCall& call);
Result<ControlReply> refresh(const OperationCall& call);
Result<ControlReply> logout(const OperationCall& call);

}  // namespace apiforge::admin
