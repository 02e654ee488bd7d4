// Roles, built-in ones and those of a tenant: `/api/v1/auth/roles`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_roles(const OperationCall& call);
Result<ControlReply> create_role(const OperationCall& call);
Result<ControlReply> get_role(const OperationCall& call);
Result<ControlReply> patch_role(const OperationCall& call);
Result<ControlReply> delete_role(const OperationCall& call);

}  // namespace apiforge::admin
