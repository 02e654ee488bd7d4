#include <algorithm>

#include "gateway/phases/breakers.hpp"
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

bool is_read(net::Method method) {
  return method == net::Method::Get || method == net::Method::Head ||
         method == net::Method::Options;
}

// Only the first attempt of a read is hedged, and where there is another endpoint.
bool may_hedge(const Call& call) {
  const ApiRuntime& api = *call.api;
  return api.api->config.upstream.hedge && call.counted_attempts == 0 && !call.body_streaming &&
         is_read(call.request().method) && !call.request().wants_upgrade && api.loads.size() > 1;
}

/// Of each attempt: that of a hedged pair which does not count may have been seen all the same.
void note_seen(Call& call) {
  call.upstream_saw = true;
  if (!call.asked_api) call.asked_saw = true;
}

/// What the retry rule says, which wants to know what is left.
policy::RetryDecision decide(const Call& call, WorkerContext& worker, AttemptResult& result,
                             MonotonicTime now) {
  const auto& error = call.answer->error;
  const bool fault_of_caller = error && error->info().source == ErrorSource::Caller;
  if (!result.begun || fault_of_caller) return {};
  ApiRuntime& api = *call.api;
  result.attempt.number = call.counted_attempts + 1;
  result.attempt.remaining = call.deadline - now;
  result.attempt.elsewhere = policy::has_untried(api.loads, call.tried);
  return api.api->retry.decide(result.attempt, api.retry_budget, now, worker.loop.random());
}

/// Readies the attempts for another round.
void begin_again(Call& call, bool after_stale) {
  call.answer->lease = {};
  call.answer = &call.first;
  call.first.error.reset();
  call.first.judged_body.clear();
  call.first.cancelled = false;
  call.first.after_stale = after_stale;
}

}  // namespace

void set_deadline(Call& call, MonotonicTime now) {
  const auto timeout = call.config().config.upstream.timeout;
  call.deadline = timeout.count() > 0 ? now + timeout : MonotonicTime::max();
  if (call.wanted_timeout) {
    call.deadline = std::min(call.deadline, call.started + *call.wanted_timeout);
  }
}

net::Task<AttemptResult> run_attempt(Call& call, WorkerContext& worker, Attempt& attempt) {
  AttemptResult result;
  attempt.permits = {};
  const bool may_ask =
      enter_api(call, worker, attempt) == Step::GoOn && choose(call, worker, attempt) == Step::GoOn;
  if (!may_ask) {
    attempt.permits = {};
    co_return result;
  }
  const auto query =
      call.config().connector->clock_query_due(call.upstream_path(), worker.loop.recent());
  if (query) co_await sync_clock(call, worker, attempt, *query);
  // Without a body nothing has been waited for since the clock was read, unless in a line: then the
  // loop has read it within a tick.
  const bool waited = call.attempts > 0 || query || !call.body_collected || !call.body.empty();
  attempt.begun = waited ? worker.loop.now() : worker.loop.recent();
  if (attempt.cancelled || sign(call, worker, attempt) != Step::GoOn) {
    attempt.permits = {};
    co_return result;
  }
  ++call.attempts;
  call.tried.push_back(attempt.endpoint);
  ++call.api->loads[attempt.endpoint].in_flight;
  call.api->endpoints[attempt.endpoint].cells->in_flight.add(1);
  result = co_await forward(call, worker, attempt);
  if (result.attempt.sent_upstream) note_seen(call);
  settle_attempt(call, worker, attempt, result, worker.loop.now() - attempt.begun);
  co_return result;
}

net::Task<const net::ResponseHead*> ask_upstream(Call& call, WorkerContext& worker) {
  if (call.runs_beside()) co_await join_attempts(call);
  call.api->retry_budget.on_call(worker.loop.recent());
  begin_again(call, false);
  while (true) {
    AttemptResult result;
    if (may_hedge(call)) {
      result = co_await run_hedged(call, worker);
    } else {
      result = co_await run_attempt(call, worker, call.first);
    }
    const MonotonicTime now = worker.loop.recent();
    if (call.pump_error) call.answer->error = std::move(call.pump_error);
    if (call.caller_gone()) {
      call.end = CallEnd::CallerGone;
      call.error = Error{ErrorCode::CallerGone, {}, {}};
      co_return nullptr;
    }
    if (result.sync_clock && !std::exchange(call.clock_synced, true)) {
      begin_again(call, false);
      continue;
    }
    const policy::RetryDecision decision = decide(call, worker, result, now);
    if (!decision.retry) {
      call.upstream_status = result.reply ? result.reply->status : 0;
      if (!result.reply) call.error = std::move(call.answer->error);
      co_return result.reply;
    }
    if (!decision.stale_connection) ++call.counted_attempts;
    begin_again(call, decision.stale_connection);
    if (decision.backoff.count() > 0) co_await worker.loop.sleep_until(now + decision.backoff);
  }
}

}  // namespace apiforge::gateway::phases
