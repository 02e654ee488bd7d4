// Operations on credentials for upstreams: /api/v1/gateway/credentials. See operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_credentials(const OperationCall& call);
Checked<ControlReply> create_credential(const OperationCall& call);
Result<ControlReply> get_credential(const OperationCall& call);
Result<ControlReply> delete_credential(const OperationCall& call);
Checked<ControlReply> rotate_credential(const OperationCall& call);

}  // namespace apiforge::admin
