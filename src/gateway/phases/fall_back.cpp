#include "gateway/phases/deliver.hpp"
#include "gateway/phases/keep.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/phases/shape.hpp"

namespace apiforge::gateway::phases {
namespace {

/// Bits of FailureKind; 0 when it is none that a fallback is for.
std::uint8_t failure_of(const Call& call, const net::ResponseHead* reply) {
  if (reply) {
    if (reply->status == 429) return kTooManyRequestsFailure;
    return reply->status >= 500 ? kServerErrorFailure : 0;
  }
  if (!call.error) return 0;
  switch (call.error->code) {
    case ErrorCode::UpstreamTimeout:
      return kTimeoutFailure;
    case ErrorCode::UpstreamConnectTimeout:
      return kConnectFailure | kTimeoutFailure;
    case ErrorCode::NoEndpoint:
      return kNoEndpointFailure;
    case ErrorCode::BreakerOpen:
      return kBreakerOpenFailure;
    case ErrorCode::QuotaExceeded:
      return kQuotaFailure;
    case ErrorCode::LoadShed:
      return kShedFailure;
    case ErrorCode::UpstreamConnectFailed:
    case ErrorCode::UpstreamBroke:
    case ErrorCode::UpstreamProtocolError:
    case ErrorCode::UpstreamTlsFailed:
    case ErrorCode::UpstreamNameUnresolved:
    case ErrorCode::UpstreamSaturated:
      return kConnectFailure;
    default:
      return 0;
  }
}

/// Failures that are told as they are when no step answers: what an other Api said instead would
/// not tell the caller what to do.
bool is_own_refusal(std::uint8_t failure) {
  return (failure & (kBreakerOpenFailure | kQuotaFailure | kShedFailure)) != 0;
}

/// Whether the body can be sent to somebody else; makes it so where it is all here.
bool has_whole_body(Call& call) {
  if (call.body_streaming || (!call.body_collected && !call.first_body.end)) return false;
  if (call.body_collected) return true;
  for (std::size_t i = 0; i < call.first_body.count; ++i) {
    call.body.append(call.first_body.pieces[i]);
  }
  call.body_collected = true;
  return true;
}

/// Whether another Api may be asked: an order that may have been executed is given to nobody else.
/// A model may be asked twice; that costs tokens and changes nothing.
bool may_ask_other(const Call& call, model::ApiKind kind, std::uint8_t failure) {
  return !call.upstream_saw || net::is_idempotent(call.request().method) ||
         failure == kTooManyRequestsFailure || kind == model::ApiKind::Llm;
}

std::shared_ptr<ApiRuntime> find_other(const Call& call, WorkerContext& worker,
                                       const model::Fallback& step) {
  const Snapshot& snapshot = worker.view.snapshot();
  const VersionGroup* group = snapshot.find_group(step.api);
  if (!group) return nullptr;
  const std::uint32_t index =
      step.version.empty() ? group->default_version : snapshot.find_version(*group, step.version);
  if (index == kNone || snapshot.apis[index] == call.api->api) return nullptr;
  if (!check_access(call, *snapshot.apis[index])) return nullptr;
  return worker.view.runtime(index);
}

/// The way of one call through its fallback chain.
class Chain {
 public:
  Chain(Call& call, WorkerContext& worker, const net::ResponseHead*& reply)
      : call_(call), worker_(worker), reply_(reply), asked_(call.api) {}

  net::Task<bool> run(std::uint8_t failure) {
    for (const CompiledFallback& step : asked_->api->fallback) {
      if ((step.on & failure) == 0) continue;
      bool answered = false;
      switch (step.config->kind) {
        case model::FallbackKind::StaleCache:
          answered = co_await use_stale(step);
          break;
        case model::FallbackKind::Api:
          if (may_ask_other(call_, asked_->api->config.kind, failure))
            answered = co_await ask_other(step);
          break;
        case model::FallbackKind::Reply:
          answered = co_await use_reply(step);
          break;
      }
      if (answered) co_return true;
    }
    co_return false;
  }

 private:
  net::Task<bool> use_stale(const CompiledFallback& step) {
    const auto now = call_.api;
    co_await turn_to(asked_);
    if (ticket_) call_.keep = std::move(ticket_);
    call_.fallback = step.label;
    const bool answered = co_await answer_stale(call_, worker_, StaleUse::Fallback);
    if (answered) {
      call_.error.reset();
      co_return true;
    }
    call_.fallback.clear();
    ticket_ = std::move(call_.keep);
    co_await turn_to(now);
    co_return false;
  }

  net::Task<bool> use_reply(const CompiledFallback& step) {
    co_await turn_to(asked_);
    call_.fallback = step.label;
    call_.error.reset();
    co_await deliver(call_, worker_, step.reply, {});
    co_return true;
  }

  net::Task<bool> ask_other(const CompiledFallback& step) {
    auto other = find_other(call_, worker_, *step.config);
    if (!other || !has_whole_body(call_)) co_return false;
    if (!ticket_) ticket_ = std::move(call_.keep);
    reply_ = nullptr;  // its connection is needed no more
    co_await turn_to(std::move(other));
    call_.asked_api = asked_;
    call_.conditions.clear();
    call_.reply_lines.clear();
    call_.counted_attempts = 0;
    call_.clock_synced = false;
    call_.error.reset();
    call_.sign_body =
        call_.config().connector->needs_body(call_.request().method_text, call_.upstream_path());
    set_deadline(call_, worker_.loop.now());
    if (shape(call_) != Step::GoOn) co_return false;
    reply_ = co_await ask_upstream(call_, worker_);
    if (call_.end != CallEnd::Running) co_return true;
    if (!reply_ || failure_of(call_, reply_) != 0) co_return false;
    call_.fallback = step.label;
    co_await relay(call_, worker_, *reply_);
    if (call_.end != CallEnd::Running) co_return true;
    call_.fallback.clear();
    reply_ = nullptr;  // it broke before a byte of it reached the caller
    co_return false;
  }

  /// Puts an Api into the call, once the attempts that are still ending have been settled with the
  /// one they were made of.
  net::Task<void> turn_to(std::shared_ptr<ApiRuntime> api) {
    if (call_.api == api) co_return;
    if (call_.runs_beside()) co_await join_attempts(call_);
    call_.api = std::move(api);
    call_.tried.clear();  // endpoints of the other one
  }

  Call& call_;
  WorkerContext& worker_;
  const net::ResponseHead*& reply_;
  std::shared_ptr<ApiRuntime> asked_;   // whose chain it is
  std::unique_ptr<CallTicket> ticket_;  // of the call to `asked_`, while another Api is asked
};

}  // namespace

net::Task<bool> fall_back(Call& call, WorkerContext& worker, const net::ResponseHead*& reply) {
  const std::uint8_t failure = failure_of(call, reply);
  if (failure == 0) co_return false;
  if (call.keep && failure != kTooManyRequestsFailure && failure != kQuotaFailure) {
    const bool answered = co_await answer_stale(call, worker, StaleUse::OnError);
    if (answered) {
      if (call.end != CallEnd::Running) call.error.reset();
      co_return true;
    }
  }
  if (call.config().fallback.empty()) co_return false;
  give_up(call);
  const Error refusal = is_own_refusal(failure) ? *call.error : Error();
  const auto retry_after = call.admission.retry_after;
  Chain chain(call, worker, reply);
  const bool answered = co_await chain.run(failure);
  if (!answered && is_own_refusal(failure)) {
    reply = nullptr;
    call.error = refusal;
    call.admission.retry_after = retry_after;
  }
  co_return answered;
}

}  // namespace apiforge::gateway::phases
