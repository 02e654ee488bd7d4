#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

void settle_attempt(Call& call, WorkerContext& worker, const AttemptResult& result,
                    std::chrono::nanoseconds latency) {
  ApiRuntime& api = *call.api;
  const EndpointRuntime& endpoint = api.endpoints[call.endpoint];
  policy::EndpointLoad& load = api.loads[call.endpoint];
  const MonotonicTime now = worker.loop.recent();
  --load.in_flight;
  endpoint.cells->in_flight.add(-1);
  endpoint.cells->calls.add();
  call.upstream_time += latency;
  if (call.caller_gone()) return;  // tells nothing of the endpoint
  // A connection that the upstream had closed while it was idle is no fault of the endpoint either.
  const bool stale = result.attempt.reused_connection &&
                     result.attempt.outcome == policy::AttemptOutcome::LostBeforeReply;
  if (stale) return;
  if (call.pump_error) return;  // the caller's body was at fault
  const bool answered = result.attempt.outcome == policy::AttemptOutcome::Answered;
  const bool good = answered && result.attempt.status < 500;
  if (answered || result.attempt.outcome == policy::AttemptOutcome::ReplyTimeout) {
    policy::observe_latency(load, now, latency - result.connecting);
  }
  if (!good) endpoint.cells->failures.add();
  api.outliers.on_result(call.endpoint,
                         good ? policy::CallResult::Success : policy::CallResult::Failure, now);
}

}  // namespace apiforge::gateway::phases
