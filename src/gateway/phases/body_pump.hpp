// Moves a request body from the caller to the upstream while the reply is awaited. Part of
// `forward`.
#pragma once
#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::phases {

/// Runs as the call's child, for its one attempt. Ends with the body, or when either side fails; a
/// failure of the caller closes the upstream connection, so that the parent's waits end too.
net::Task<void> pump_request_body(Call& call, WorkerContext& worker, Attempt& attempt);

/// Ends a pump whose request the upstream has answered already: the caller is given a moment to see
/// the reply, and the connection ends.
net::Task<void> end_pump(Call& call, WorkerContext& worker);

}  // namespace apiforge::gateway::phases
