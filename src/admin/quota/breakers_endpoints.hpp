// Operations on circuit breakers: /api/v1/quota/circuit-breaker. See operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_circuit_breakers(const OperationCall& call);
Checked<ControlReply> set_circuit_breaker(const OperationCall& call);
Result<ControlReply> get_circuit_breaker(const OperationCall& call);
Result<ControlReply> delete_circuit_breaker(const OperationCall& call);
Result<ControlReply> open_circuit_breaker(const OperationCall& call);
Result<ControlReply> close_circuit_breaker(const OperationCall& call);
Result<ControlReply> reset_circuit_breaker(const OperationCall& call);

}  // namespace apiforge::admin
