// A tenant's users: `/api/v1/auth/users`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_users(const OperationCall& call);
Result<ControlReply> create_user(const OperationCall& call);
Result<ControlReply> get_user(const OperationCall& call);
Result<ControlReply> patch_user(const OperationCall& call);
Result<ControlReply> delete_user(const OperationCall& call);

}  // namespace apiforge::admin
