#include "gateway/phases/breakers.hpp"

#include <optional>

#include "gateway/phases/admit.hpp"
#include "gateway/phases/tell.hpp"

namespace apiforge::gateway::phases {
namespace {

using policy::AttemptOutcome;

constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;

struct OpenBreaker {
  std::chrono::nanoseconds until_half_open{0};
  bool by_operator = false;
};

OpenBreaker read_open(const policy::Breaker& breaker, MonotonicTime now) {
  const policy::BreakerReading reading = breaker.read(now);
  return {reading.until_half_open, reading.state == policy::BreakerState::ForcedOpen};
}

Error breaker_open(Call& call, const OpenBreaker& open) {
  call.admission.met_breaker = true;
  call.admission.retry_after = open.until_half_open;
  return {ErrorCode::BreakerOpen,
          open.by_operator
              ? "an operator has opened the circuit breaker"
              : "the upstream has failed too often lately, and is left alone for a while",
          {}};
}

/// The permit, or an empty one when the breaker refuses.
policy::BreakerPermit acquire(const Call& call, WorkerContext& worker, std::string_view endpoint,
                              policy::Breaker& breaker) {
  auto acquired = breaker.acquire(worker.loop.recent());
  if (acquired.change) tell_breaker_changed(call, worker, endpoint, *acquired.change);
  return std::move(acquired.permit);
}

/// Of the breakers that refuse, the one that may be tried again first; one that an operator has
/// opened when there is no other. Nothing: none refuses.
std::optional<OpenBreaker> first_to_close(const ApiRuntime& api, MonotonicTime now) {
  std::optional<OpenBreaker> first;
  for (const EndpointRuntime& endpoint : api.endpoints) {
    const auto& breaker = endpoint.config->breaker;
    if (!breaker || breaker->would_admit(now)) continue;
    const OpenBreaker open = read_open(*breaker, now);
    const bool is_sooner = first && !open.by_operator &&
                           (first->by_operator || open.until_half_open < first->until_half_open);
    if (!first || is_sooner) first = open;
  }
  return first;
}

/// Whether an endpoint has too much to do that its breaker would not keep the call from.
bool is_overcrowded(const ApiRuntime& api, MonotonicTime now) {
  for (std::size_t i = 0; i < api.loads.size(); ++i) {
    const auto& breaker = api.endpoints[i].config->breaker;
    if (api.loads[i].full && (!breaker || breaker->would_admit(now))) return true;
  }
  return false;
}

/// `kinds` are bits of BreakerCount.
bool failed(std::uint8_t kinds, const Attempt& attempt, const policy::Attempt& result) {
  const auto counts = [kinds](BreakerCount kind) { return (kinds & kind) != 0; };
  if (result.outcome == AttemptOutcome::Answered) {
    if (result.status == kTooManyRequests) return counts(kCountsTooManyRequests);
    return result.status >= 500 && counts(kCountsServerErrors);
  }
  if (result.outcome == AttemptOutcome::ReplyTimeout) return counts(kCountsTimeouts);
  const bool connecting_took_too_long =
      attempt.error && attempt.error->code == ErrorCode::UpstreamConnectTimeout;
  return counts(kCountsConnecting) || (connecting_took_too_long && counts(kCountsTimeouts));
}

}  // namespace

Step enter_api(Call& call, WorkerContext& worker, Attempt& attempt) {
  const auto& breaker = call.config().breaker;
  if (!breaker) return Step::GoOn;
  attempt.permits.api = acquire(call, worker, {}, *breaker);
  if (attempt.permits.api) return Step::GoOn;
  attempt.error = breaker_open(call, read_open(*breaker, worker.loop.recent()));
  return Step::Fail;
}

Step enter_endpoint(Call& call, WorkerContext& worker, Attempt& attempt, std::size_t chosen) {
  ApiRuntime& api = *call.api;
  // In panic, calls may go to endpoints that are not available; breakers hold all the same.
  const bool is_panic = !api.loads[chosen].available;
  for (std::size_t i = 0; i < api.endpoints.size(); ++i) {
    const std::size_t candidate = (chosen + i) % api.endpoints.size();
    const policy::EndpointLoad& load = api.loads[candidate];
    if (load.full || (!load.available && !is_panic)) continue;
    attempt.endpoint = candidate;
    const CompiledEndpoint& endpoint = *api.endpoints[candidate].config;
    if (!endpoint.breaker) return Step::GoOn;
    attempt.permits.endpoint = acquire(call, worker, endpoint.url, *endpoint.breaker);
    if (attempt.permits.endpoint) return Step::GoOn;
  }
  // By now another worker may have closed one again.
  attempt.error =
      breaker_open(call, first_to_close(api, worker.loop.recent()).value_or(OpenBreaker{}));
  return Step::Fail;
}

void tell_no_endpoint(Call& call, WorkerContext& worker, Attempt& attempt) {
  const ApiRuntime& api = *call.api;
  const MonotonicTime now = worker.loop.recent();
  if (is_overcrowded(api, now)) {
    attempt.error = shed(call, worker);
  } else if (const auto open = first_to_close(api, now)) {
    attempt.error = breaker_open(call, *open);
  } else {
    attempt.error = Error{ErrorCode::NoEndpoint, "no endpoint of the API is available", {}};
  }
}

void settle_breakers(Call& call, WorkerContext& worker, const Attempt& attempt,
                     BreakerPermits permits, const AttemptResult& result,
                     std::chrono::nanoseconds latency) {
  if (!permits.api && !permits.endpoint) return;
  const CompiledApi& api = call.config();
  const MonotonicTime now = worker.loop.recent();
  const auto settle = [&](policy::BreakerPermit& permit, std::uint8_t kinds,
                          std::string_view endpoint) {
    if (!permit) return;
    const policy::CallOutcome outcome{.failed = failed(kinds, attempt, result.attempt),
                                      .latency = latency};
    if (const auto change = permit.settle(outcome, now)) {
      tell_breaker_changed(call, worker, endpoint, *change);
    }
  };
  settle(permits.api, api.api_breaker_counts, {});
  settle(permits.endpoint, api.endpoint_breaker_counts, api.endpoints[attempt.endpoint].url);
}

void settle_adaptive(Call& call, WorkerContext& worker, const Attempt& attempt,
                     const AttemptResult& result, std::chrono::nanoseconds latency,
                     std::uint32_t in_flight) {
  auto& adaptive = call.api->endpoints[attempt.endpoint].adaptive;
  if (!adaptive) return;
  const MonotonicTime now = worker.loop.recent();
  const bool answered = result.attempt.outcome == AttemptOutcome::Answered;
  const int status = result.attempt.status;
  const bool has_too_much = answered ? status == kTooManyRequests || status == kUnavailable
                                     : result.attempt.outcome == AttemptOutcome::ReplyTimeout;
  if (has_too_much) {
    adaptive->on_overload(now);
  } else if (answered) {
    adaptive->on_latency(latency - result.connecting, in_flight, now);
  }
}

}  // namespace apiforge::gateway::phases
