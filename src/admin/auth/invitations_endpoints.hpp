// Invitations: `/api/v1/auth/invitations`. Threads of the blocking pool.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_invitations(const OperationCall& call);
Result<ControlReply> create_invitation(const OperationCall& call);
Result<ControlReply> revoke_invitation(const OperationCall& call);

}  // namespace apiforge::admin
