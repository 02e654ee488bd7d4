// What stands before the upstreams of an Api: its circuit breakers and its limit of calls at once.
// Part of an attempt; runs on the call's worker.
#pragma once
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

/// Whether the Api as a whole takes one more attempt. Errors in the attempt: LoadShed, BreakerOpen.
Step enter_api(Call& call, WorkerContext& worker, Attempt& attempt);

/// Takes the permit of the endpoint that was chosen, or of another one when its breaker refuses:
/// others may have been faster. Errors in the attempt: BreakerOpen.
Step enter_endpoint(Call& call, WorkerContext& worker, Attempt& attempt, std::size_t chosen);

/// There is no endpoint to choose: NoEndpoint, or BreakerOpen when that is because of a breaker.
void tell_no_endpoint(Call& call, WorkerContext& worker, Attempt& attempt);

/// Whether the time that ran out was that of the caller, who may have given the upstream no chance.
bool ended_by_caller(const Call& call, const Attempt& attempt, MonotonicTime now);

/// Feeds the end of an attempt to the breakers that allowed it.
void settle_breakers(Call& call, WorkerContext& worker, const Attempt& attempt,
                     BreakerPermits permits, const AttemptResult& result,
                     std::chrono::nanoseconds latency);

/// Feeds it to the limit of calls at once. `in_flight` includes the attempt.
void settle_adaptive(Call& call, WorkerContext& worker, const Attempt& attempt,
                     const AttemptResult& result, std::chrono::nanoseconds latency,
                     std::uint32_t in_flight);

}  // namespace apiforge::gateway::phases
