// The catalogue as a whole: what a declarative file would change in it, the change itself, and the
// way back to a file.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Checked<ControlReply> plan_catalogue(const OperationCall& call);
Checked<ControlReply> apply_catalogue(const OperationCall& call);
Result<ControlReply> export_catalogue(const OperationCall& call);

}  // namespace apiforge::admin
