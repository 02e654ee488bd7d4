#include <utility>

#include "gateway/phases/breakers.hpp"
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

/// Of an attempt that was given up before its end. How long it would have taken is not known, but
/// that it is no less than this; else a slow endpoint whose calls are hedged would never look slow.
void observe_at_least(policy::EndpointLoad& load, MonotonicTime now,
                      std::chrono::nanoseconds at_least) {
  if (static_cast<double>(at_least.count()) > load.ewma_ns) {
    policy::observe_latency(load, now, at_least);
  }
}

/// Whether the time that ran out was that of the caller, who may have given the upstream no chance.
bool ended_by_caller(const Call& call, const Attempt& attempt, MonotonicTime now) {
  if (!call.wanted_timeout || !attempt.error) return false;
  const bool timed_out = attempt.error->code == ErrorCode::UpstreamTimeout ||
                         attempt.error->code == ErrorCode::UpstreamConnectTimeout;
  // The timeouts of the Api may have come first.
  return timed_out && now >= call.deadline && call.deadline == call.started + *call.wanted_timeout;
}

}  // namespace

void settle_attempt(Call& call, WorkerContext& worker, Attempt& attempt,
                    const AttemptResult& result, std::chrono::nanoseconds latency) {
  ApiRuntime& api = *call.api;
  const EndpointRuntime& endpoint = api.endpoints[attempt.endpoint];
  policy::EndpointLoad& load = api.loads[attempt.endpoint];
  const MonotonicTime now = worker.loop.recent();
  // Given back, unless the attempt tells something of the endpoint.
  BreakerPermits permits = std::exchange(attempt.permits, {});
  const std::uint32_t in_flight = load.in_flight--;
  endpoint.cells->in_flight.add(-1);
  endpoint.cells->calls.add();
  if (attempt.cancelled) {
    observe_at_least(load, now, latency - result.connecting);
    return;
  }
  call.upstream_time += latency;
  if (call.caller_gone()) return;  // tells nothing of the endpoint
  // A connection that the upstream had closed while it was idle is no fault of the endpoint either.
  const bool stale = result.attempt.reused_connection &&
                     result.attempt.outcome == policy::AttemptOutcome::LostBeforeReply;
  if (stale) return;
  if (call.pump_error) return;  // the caller's body was at fault
  // The gateway had no connection left: the endpoint was not asked.
  if (attempt.error && attempt.error->info().source == ErrorSource::Gateway) return;
  if (ended_by_caller(call, attempt, now)) {
    observe_at_least(load, now, latency - result.connecting);
    return;
  }
  settle_breakers(call, worker, attempt, std::move(permits), result, latency);
  settle_adaptive(call, worker, attempt, result, latency, in_flight);
  const bool answered = result.attempt.outcome == policy::AttemptOutcome::Answered;
  const bool good = answered && result.attempt.status < 500;
  std::optional<std::chrono::nanoseconds> waited;
  if (answered || result.attempt.outcome == policy::AttemptOutcome::ReplyTimeout) {
    waited = latency - result.connecting;
    policy::observe_latency(load, now, *waited);
  }
  if (answered) endpoint.cells->latency.record(static_cast<std::uint64_t>(latency.count()));
  if (!good) endpoint.cells->failures.add();
  if (!answered) policy::observe_failure(load, now);
  api.outliers.on_result(attempt.endpoint,
                         good ? policy::CallResult::Success : policy::CallResult::Failure, now,
                         waited);
}

}  // namespace apiforge::gateway::phases
