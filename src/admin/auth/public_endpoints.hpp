// What is public about the installation: the document, the keys of tokens, the health of this
// module. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> get_openapi(const OperationCall& call);
Result<ControlReply> get_jwks(const OperationCall& call);
Result<ControlReply> get_auth_health(const OperationCall& call);

}  // namespace apiforge::admin
