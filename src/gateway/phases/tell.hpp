// What the phases tell others of: breakers that moved, limits that were exceeded, load that was
// shed. Each costs nothing when there is no bus.
#pragma once
#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "policy/breaker.hpp"

namespace apiforge::gateway::phases {

/// `endpoint` is its URL; empty: the breaker of the Api as a whole.
void tell_breaker_changed(const Call& call, WorkerContext& worker, std::string_view endpoint,
                          const policy::BreakerChange& change);
/// At most one in a second for each limit.
void tell_limit_exceeded(const Call& call, WorkerContext& worker,
                         const quota::CompiledLimit& limit);
/// At most one in a second for each class of the Api.
void tell_load_shed(const Call& call, WorkerContext& worker);

}  // namespace apiforge::gateway::phases
