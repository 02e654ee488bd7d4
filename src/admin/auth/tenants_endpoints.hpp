// Tenants: `/api/v1/auth/tenants`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_tenants(const OperationCall& call);
Result<ControlReply> create_tenant(const OperationCall& call);
Result<ControlReply> get_tenant(const OperationCall& call);
Result<ControlReply> patch_tenant(const OperationCall& call);
Result<ControlReply> delete_tenant(const OperationCall& call);

}  // namespace apiforge::admin
