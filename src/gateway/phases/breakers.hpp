// What stands before the upstreams of an Api: circuit breakers, and limits of calls at once.
// Part of an attempt; runs on the call's worker.
#pragma once
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

/// Whether the Api as a whole takes one more attempt. Errors in the attempt: BreakerOpen.
Step enter_api(Call& call, WorkerContext& worker, Attempt& attempt);

/// Sets the endpoint of the attempt and takes the permit of its breaker, if it has one: the chosen
/// one, or another one when its breaker refuses, as others may have been faster. Errors in the
/// attempt: BreakerOpen.
Step enter_endpoint(Call& call, WorkerContext& worker, Attempt& attempt, std::size_t chosen);

/// There is no endpoint to choose: LoadShed when one is only full, else BreakerOpen when that is
/// because of a breaker, else NoEndpoint.
void tell_no_endpoint(Call& call, WorkerContext& worker, Attempt& attempt);

/// Feeds the end of an attempt, which tells something of its endpoint, to the breakers that allowed
/// it.
void settle_breakers(Call& call, WorkerContext& worker, const Attempt& attempt,
                     BreakerPermits permits, const AttemptResult& result,
                     std::chrono::nanoseconds latency);

/// Feeds it to the endpoint's limit of calls at once. `in_flight` includes the attempt.
void settle_adaptive(Call& call, WorkerContext& worker, const Attempt& attempt,
                     const AttemptResult& result, std::chrono::nanoseconds latency,
                     std::uint32_t in_flight);

}  // namespace apiforge::gateway::phases
