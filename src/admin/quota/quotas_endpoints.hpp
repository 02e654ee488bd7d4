// Operations on quotas: /api/v1/quota/quotas. See operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_quotas(const OperationCall& call);
Checked<ControlReply> create_quota(const OperationCall& call);
Result<ControlReply> get_quota(const OperationCall& call);
Checked<ControlReply> replace_quota(const OperationCall& call);
Result<ControlReply> delete_quota(const OperationCall& call);

}  // namespace apiforge::admin
