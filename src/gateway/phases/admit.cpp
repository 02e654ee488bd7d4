#include "gateway/phases/admit.hpp"

#include "gateway/phases/limit_lines.hpp"
#include "gateway/phases/limit_subject.hpp"
#include "gateway/phases/line_wait.hpp"
#include "gateway/phases/tap_usage.hpp"
#include "gateway/phases/tell.hpp"

namespace apiforge::gateway::phases {
namespace {

using quota::Ruling;

// Units are fetched in milliseconds, or the store is away.
constexpr std::chrono::seconds kLongestFetch{2};
// A call that was told its turn so often and was too late each time is refused.
constexpr int kMaxTurns = 64;

/// Whether anything but the upstream could answer the call.
bool may_degrade(const Call& call, FailureKind kind) {
  const CompiledApi& api = call.config();
  return api.config.cache.has_value() || (api.fallback_kinds & kind) != 0;
}

ErrorCode code_of(const quota::Verdict& verdict) {
  if (verdict.never) return ErrorCode::CostAboveLimit;
  return verdict.ruling == Ruling::Unavailable ? ErrorCode::QuotaUnavailable
                                               : ErrorCode::QuotaExceeded;
}

std::string units_text(const quota::CompiledLimit& limit, std::int64_t units) {
  if (limit.config->limit.unit == model::LimitUnit::Usd) return model::usd_text({units}) + " USD";
  return std::to_string(units);
}

std::string above_limit(const quota::Verdict& verdict) {
  const quota::CompiledLimit& limit = *verdict.limit;
  std::string text = "the call costs " + units_text(limit, verdict.cost) + ", and the limit '" +
                     limit.config->name + "' is " + units_text(limit, limit.whole);
  if (limit.kept > 0) text += ", of which urgent calls have " + units_text(limit, limit.kept);
  return text;
}

Error error_of(const quota::Verdict& verdict) {
  const std::string name = "'" + verdict.limit->config->name + "'";
  Error error{code_of(verdict), {}, {}};
  if (error.code == ErrorCode::CostAboveLimit) {
    error.detail = above_limit(verdict);
  } else if (error.code == ErrorCode::QuotaUnavailable) {
    error.detail = "what is left of the limit " + name + " cannot be known now";
  } else {
    error.detail = "the limit " + name + " is used up";
  }
  return error;
}

Room refuse(Call& call, WorkerContext& worker, const quota::Verdict& verdict) {
  Admission& admission = call.admission;
  admission.limited_by = verdict.limit->config->name;
  admission.retry_after = verdict.retry_after;
  admission.lines.clear();
  append_limit_lines(verdict, admission.lines);
  Error error = error_of(verdict);
  if (error.code == ErrorCode::QuotaExceeded) tell_limit_exceeded(call, worker, *verdict.limit);
  if (verdict.ruling == Ruling::Degraded && !verdict.never && may_degrade(call, kQuotaFailure)) {
    admission.refusal = std::move(error);
    return Room::GoOn;
  }
  call.error = std::move(error);
  return Room::Fail;
}

/// Asks the limits, and takes what the call costs when they admit it.
Room ask_limits(Call& call, WorkerContext& worker, quota::Verdict& verdict, bool queued) {
  Admission& admission = call.admission;
  const CompiledLimits& limits = *worker.view.snapshot().compiled_limits;
  verdict = worker.limiter.admit(subject_of(call, limits), admission.costs, worker.loop.recent(),
                                 worker.loop.recent_wall(), admission.holding, queued);
  switch (verdict.ruling) {
    case Ruling::Admitted:
      if (verdict.limit && !verdict.limit->is_default) {
        append_limit_lines(verdict, admission.lines);
      }
      return Room::GoOn;
    case Ruling::Queue:
    case Ruling::Wait:
      return Room::Wait;
    case Ruling::Refused:
    case Ruling::Degraded:
    case Ruling::Unavailable:
      break;
  }
  return refuse(call, worker, verdict);
}

MonotonicTime wait_deadline(const Call& call, const quota::Verdict& verdict, MonotonicTime begun) {
  const MonotonicTime longest = verdict.ruling == Ruling::Queue
                                    ? begun + verdict.limit->config->queue.max_wait
                                    : begun + kLongestFetch;
  return std::min(longest, call.deadline);
}

/// What the call hears when it has waited for nothing.
void refuse_waiting(Call& call, WorkerContext& worker, quota::Verdict verdict) {
  verdict.ruling = verdict.ruling == Ruling::Queue ? Ruling::Refused : Ruling::Unavailable;
  refuse(call, worker, verdict);
}

bool is_shed(const Call& call, WorkerContext& worker) {
  return worker.shedder.pressure() > 0 &&
         worker.shedder.sheds(call.admission.priority, worker.loop.random().unit());
}

}  // namespace

Error shed(Call& call, WorkerContext& worker) {
  call.admission.was_shed = true;
  call.admission.retry_after = std::chrono::seconds(1);
  tell_load_shed(call, worker);
  return {ErrorCode::LoadShed, "there is too much to do for calls of this priority", {}};
}

Room admit(Call& call, WorkerContext& worker, quota::Verdict& verdict) {
  Admission& admission = call.admission;
  const auto found =
      call.config().call_rules.find(call.request().method_text, call.upstream_path());
  if (found.costs) {
    admission.rule = found.costs;
    admission.costs = found.costs->costs;
  }
  admission.priority = priority_of(call, found.priority);
  worker.load_probe.on_call(call.started);
  if (is_shed(call, worker)) {
    Error error = shed(call, worker);
    if (may_degrade(call, kShedFailure)) {
      admission.refusal = std::move(error);
      return Room::GoOn;
    }
    call.error = std::move(error);
    return Room::Fail;
  }
  if (worker.view.snapshot().limits->empty()) return Room::GoOn;
  return ask_limits(call, worker, verdict, false);
}

net::Task<Step> wait_for_room(Call& call, WorkerContext& worker, quota::Verdict verdict) {
  const MonotonicTime begun = worker.loop.recent();
  set_deadline(call, call.started);
  call.watch_caller();
  LineWait wait(worker);
  for (int turn = 0; turn < kMaxTurns; ++turn) {
    // Keeps the limit that the verdict names.
    const std::shared_ptr<const CompiledLimits> limits = worker.view.snapshot().compiled_limits;
    const bool in_line =
        wait.enter(verdict, subject_of(call, *limits), wait_deadline(call, verdict, begun));
    LineWait::End end = LineWait::End::TooLate;
    if (in_line) {
      call.admission.waiting = &wait;
      end = co_await wait;
      call.admission.waiting = nullptr;
    }
    if (call.caller_gone()) {
      call.end = CallEnd::CallerGone;
      call.error = Error{ErrorCode::CallerGone, {}, {}};
      co_return Step::Fail;
    }
    if (end == LineWait::End::TooLate) {
      refuse_waiting(call, worker, verdict);
      co_return Step::Fail;
    }
    // Whether for its turn or for units: it goes before those that wait, and a strict limit admits
    // nobody else.
    const Room room = ask_limits(call, worker, verdict, true);
    if (room != Room::Wait) {
      if (call.exchange) call.exchange->watch(nullptr);
      co_return room == Room::GoOn ? Step::GoOn : Step::Fail;
    }
  }
  refuse_waiting(call, worker, verdict);
  co_return Step::Fail;
}

void settle_costs(Call& call) {
  Admission& admission = call.admission;
  if (admission.holding.empty()) return;
  quota::Costs used = admission.costs;
  if (call.cached) {
    used.tokens = 0;
    used.usd = {};
  } else if (!call.asked_saw) {
    admission.holding.release();
    return;
  } else if (const auto tokens = admission.usage ? admission.usage->used() : std::nullopt) {
    used = admission.rule->costs_of(*tokens);
  } else {
    admission.usage_unknown = is_metered(call) && call.status > 0 && call.status < 400;
  }
  admission.holding.settle(used);
}

}  // namespace apiforge::gateway::phases
