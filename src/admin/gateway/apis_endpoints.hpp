// Operations on Apis: /api/v1/gateway/apis and its short forms. See operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_apis(const OperationCall& call);
Checked<ControlReply> create_api(const OperationCall& call);
Checked<ControlReply> import_api(const OperationCall& call);
Result<ControlReply> get_api(const OperationCall& call);
Checked<ControlReply> replace_api(const OperationCall& call);
Checked<ControlReply> patch_api(const OperationCall& call);
Result<ControlReply> delete_api(const OperationCall& call);
Result<ControlReply> unregister_api(const OperationCall& call);

}  // namespace apiforge::admin
