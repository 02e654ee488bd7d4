#include <algorithm>

#include "base/text.hpp"
#include "gateway/field_filter.hpp"
#include "gateway/phases/body_pump.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/phases/tap_usage.hpp"

namespace apiforge::gateway::phases {
namespace {

using net::IoStatus;
using net::UpstreamPool;
using policy::AttemptOutcome;

// Each interim reply (1xx) starts the wait for the final one anew; no upstream needs more.
constexpr int kMaxInterimReplies = 16;

// How much of an error body a connector may want to judge a reply by.
constexpr std::size_t kMaxJudgedBody = 4'096;

AttemptOutcome outcome_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::UpstreamTimeout:
      return AttemptOutcome::ReplyTimeout;
    case ErrorCode::UpstreamBroke:
      return AttemptOutcome::LostBeforeReply;
    case ErrorCode::UpstreamProtocolError:
      return AttemptOutcome::LostDuringReply;
    default:
      return AttemptOutcome::ConnectFailed;
  }
}

// A request that must not be sent twice goes on a connection that is known to be alive: asking the
// kernel is cheaper than being wrong.
UpstreamPool::Choice connection_choice(const Call& call, bool after_stale) {
  if (after_stale) return UpstreamPool::Choice::Fresh;
  return net::is_idempotent(call.request().method) ? UpstreamPool::Choice::Any
                                                   : UpstreamPool::Choice::Checked;
}

// Only to WebSocket: behind an `h2c` that the upstream takes, requests would pass the gateway
// unseen.
bool may_upgrade(const net::RequestHead& request) {
  const net::Field* field = net::find_field(request.fields, net::FieldId::Upgrade);
  return request.wants_upgrade && field && equals_ignoring_case(field->value, "websocket");
}

/// The whole body, where the call has it.
std::string_view whole_body(const Call& call, const Attempt& attempt) {
  return call.sign_body ? std::string_view(attempt.signed_body) : std::string_view(call.body);
}

net::OutgoingRequest outgoing(const Call& call, const Attempt& attempt,
                              const std::vector<net::Field>& fields) {
  const net::RequestHead& request = call.request();
  net::OutgoingRequest out;
  out.method = request.method;
  out.method_text = request.method_text;
  out.target = attempt.target;
  out.authority = call.api->endpoints[attempt.endpoint].config->authority;
  out.fields = fields;
  out.lines = attempt.lines;
  if (call.body_collected) {
    out.content_length = whole_body(call, attempt).size();
    out.framing = out.content_length == 0 ? net::BodyFraming::None : net::BodyFraming::Length;
  } else if (call.first_body.end && call.first_body.trailers.empty()) {
    out.content_length = call.first_body.bytes();
    out.framing = out.content_length == 0 ? net::BodyFraming::None : net::BodyFraming::Length;
  } else {
    out.framing = request.framing;
    out.content_length = request.content_length;
  }
  if (may_upgrade(request)) out.upgrade = "websocket";
  return out;
}

net::Body first_piece(const Call& call, const Attempt& attempt) {
  if (!call.body_collected) return call.first_body;
  net::Body body;
  body.end = true;
  if (const std::string_view whole = whole_body(call, attempt); !whole.empty()) {
    body.pieces[body.count++] = whole;
  }
  return body;
}

bool is_condition(std::string_view name) {
  return equals_ignoring_case(name, "if-none-match") ||
         equals_ignoring_case(name, "if-modified-since");
}

/// The fields of the caller that go out.
void select_fields(const Call& call, std::vector<net::Field>& fields) {
  fields.clear();
  if (call.outgoing.changed) {
    for (const OwnedField& field : call.outgoing.fields) {
      fields.push_back({field.name, field.value, net::FieldId::Other});
    }
  } else {
    select_request_fields(call.request(), call.config().connector->stripped_fields(),
                          call.authorization_is_ours, fields);
  }
  // What the call has used is read in the reply: the caller may not hide it.
  if (is_metered(call)) ask_for_plain_reply(fields);
  if (!call.keep && call.conditions.empty()) return;
  // The cache answers the caller's conditions; it may have its own.
  std::erase_if(fields, [](const net::Field& field) { return is_condition(field.name); });
  for (const OwnedField& field : call.conditions) fields.push_back({field.name, field.value});
}

AttemptResult failed(Attempt& attempt, AttemptResult result, Error error) {
  result.attempt.outcome = outcome_of(error);
  attempt.error = std::move(error);
  return result;
}

using MaybeHead = Result<const net::ResponseHead*>;

net::Task<MaybeHead> read_head(Call& call, WorkerContext& worker, Attempt& attempt) {
  const auto patience = call.config().config.upstream.first_byte_timeout;
  return attempt.lease->read_head(std::min(call.deadline, worker.loop.recent() + patience));
}

bool is_final(const net::ResponseHead& head) {
  return head.status >= 200;
}

/// Behind an interim head: passes it on, and those after it, up to the final one (RFC 9110 15.2).
net::Task<MaybeHead> final_head(Call& call, WorkerContext& worker, Attempt& attempt,
                                MaybeHead head) {
  for (int interim_replies = 0; interim_replies < kMaxInterimReplies; ++interim_replies) {
    const int status = (*head)->status;
    if (status == 101) {
      if (may_upgrade(call.request())) co_return head;
      co_return fail(ErrorCode::UpstreamProtocolError,
                     "the upstream switched protocols without being asked");
    }
    // 100 is for us: the caller got its own when its body was first asked for.
    if (status != 100 && call.face == Face::Transparent) {
      worker.fields.clear();
      select_reply_fields(**head, false, worker.fields);
      co_await call.exchange->send_interim(status, worker.fields);
    }
    head = co_await read_head(call, worker, attempt);
    if (!head || is_final(**head)) co_return head;
  }
  co_return fail(ErrorCode::UpstreamProtocolError,
                 "the upstream sent interim replies and no final one");
}

// Reads the body of a refusal as far as the connector needs it. What was read is relayed later.
net::Task<bool> wants_clock_sync(const connectors::Connector& connector, Attempt& attempt,
                                 const net::ResponseHead& reply, MonotonicTime deadline) {
  while (!attempt.lease->reply_complete() && attempt.judged_body.size() < kMaxJudgedBody) {
    const auto body = co_await attempt.lease->read_body(deadline);
    if (!body) break;
    for (std::size_t i = 0; i < body->count; ++i) attempt.judged_body.append(body->pieces[i]);
  }
  co_return connector.judge(reply.status, attempt.judged_body) ==
      connectors::ReplyVerdict::SyncClockAndRetry;
}

}  // namespace

net::Task<AttemptResult> forward(Call& call, WorkerContext& worker, Attempt& attempt) {
  const model::Upstream& upstream = call.config().config.upstream;
  AttemptResult result;
  result.begun = true;
  result.attempt.idempotent = net::is_idempotent(call.request().method);
  result.attempt.sent_upstream = false;

  UpstreamPool& pool = *call.api->endpoints[attempt.endpoint].pool;
  attempt.lease = pool.take_idle(connection_choice(call, attempt.after_stale));
  if (!attempt.lease) {
    const MonotonicTime begun = worker.loop.recent();
    auto connected = co_await pool.connect(call.deadline);
    result.connecting = worker.loop.now() - begun;
    if (!connected) co_return failed(attempt, result, std::move(connected.error()));
    attempt.lease = std::move(*connected);
  }
  if (call.caller_gone() || attempt.cancelled) co_return result;
  result.attempt.reused_connection = attempt.lease.reused();

  select_fields(call, worker.fields);
  const auto idle_deadline = [&] { return worker.loop.recent() + upstream.idle_timeout; };
  const IoStatus sent = co_await attempt.lease->send(outgoing(call, attempt, worker.fields),
                                                     first_piece(call, attempt), idle_deadline());
  result.attempt.sent_upstream = true;
  if (sent != IoStatus::Ok && !attempt.lease->stream().peer_gone() &&
      !attempt.lease->reply_begun()) {
    // The peer may have answered before it stopped reading; `read_head` below finds out.
    result.attempt.sent_upstream = !attempt.lease->surely_unseen();
  }
  if (call.body_streaming) {
    result.attempt.body_replayable = false;
    call.pump.start(pump_request_body(call, worker, attempt));
  }

  MaybeHead head = co_await read_head(call, worker, attempt);
  if (head && !is_final(**head)) head = co_await final_head(call, worker, attempt, head);
  if (!head) {
    result.attempt.sent_upstream = !attempt.lease->surely_unseen();
    co_return failed(attempt, result, std::move(head.error()));
  }
  result.reply = *head;
  result.attempt.outcome = AttemptOutcome::Answered;
  result.attempt.status = result.reply->status;
  const connectors::Connector& connector = *call.config().connector;
  connector.observe_reply(*result.reply);
  const bool may_repeat = !call.clock_synced && !call.body_streaming;
  if (may_repeat && connector.wants_error_body(result.reply->status)) {
    result.sync_clock =
        co_await wants_clock_sync(connector, attempt, *result.reply, idle_deadline());
  }
  co_return result;
}

}  // namespace apiforge::gateway::phases
