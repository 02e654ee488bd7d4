// API keys: `/api/v1/auth/api-keys`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_api_keys(const OperationCall& call);
Result<ControlReply> create_api_key(const OperationCall& call);
Result<ControlReply> get_api_key(const OperationCall& call);
Result<ControlReply> patch_api_key(const OperationCall& call);
Result<ControlReply> delete_api_key(const OperationCall& call);
Result<ControlReply> rotate_api_key(const OperationCall& call);

}  // namespace apiforge::admin
