// After an upgrade: bytes both ways, whatever they mean (RFC 9110 7.8). Part of `relay`.
#pragma once
#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::phases {

/// Sends the 101 and relays until both directions have ended, or one has and the other is quiet.
net::Task<void> tunnel(Call& call, WorkerContext& worker, const net::ResponseHead& reply);

}  // namespace apiforge::gateway::phases
