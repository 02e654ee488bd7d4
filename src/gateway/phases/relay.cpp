#include "gateway/field_filter.hpp"
#include "gateway/phases/collect_reply.hpp"
#include "gateway/phases/deliver.hpp"
#include "gateway/phases/keep.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/phases/reshape.hpp"
#include "gateway/phases/tap_usage.hpp"
#include "gateway/phases/tunnel.hpp"
#include "policy/error_reply.hpp"

namespace apiforge::gateway::phases {
namespace {

using net::BodyFraming;
using net::IoStatus;

// An envelope holds a reply whole; larger ones go through `/proxy`.
constexpr std::uint64_t kMaxEnvelopeReply = 16ull << 20;

bool has_no_body(const net::RequestHead& request, int status) {
  return request.method == net::Method::Head || status == 204 || status == 304;
}

net::OutgoingReply outgoing(const Call& call, const net::ResponseHead& reply) {
  net::OutgoingReply out;
  out.status = reply.status;
  out.reason = reply.reason;
  out.framing = reply.framing;
  out.content_length = reply.content_length;
  if (reply.framing == BodyFraming::None && !has_no_body(call.request(), reply.status)) {
    out.framing = BodyFraming::Length;
    out.content_length = 0;
  }
  // The caller's connection outlives the upstream's: a body that ends with its connection gets
  // chunks.
  if (reply.framing == BodyFraming::UntilClose) out.framing = BodyFraming::Chunked;
  return out;
}

// What came with the head: the body read to judge the reply, if any, and then what is buffered.
Result<net::Body> first_body(Attempt& attempt) {
  if (attempt.judged_body.empty()) return attempt.lease->buffered_body();
  net::Body body;
  body.pieces[body.count++] = attempt.judged_body;
  body.end = attempt.lease->reply_complete();
  return body;
}

void cut(Call& call, Error error) {
  call.error = std::move(error);
  call.end = CallEnd::Cut;
  call.exchange->abort();
}

MonotonicTime quiet_deadline(const Call& call, MonotonicTime now) {
  return now + call.config().config.upstream.idle_timeout;
}

bool begins_as_json(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos || text[begin] == '{' || text[begin] == '[';
}

/// Whether it may be one of the errors that the Api declares.
bool may_be_error(const Call& call, const net::ResponseHead& reply) {
  return !call.config().config.error_replies.empty() && reply.status == 200 &&
         !surely_larger(reply, policy::kMaxJudgedReply);
}

/// Reads as much of the body as says whether it is one of those.
net::Task<void> look_for_error(Call& call, WorkerContext& worker, const net::ResponseHead& reply) {
  const auto& declared = call.config().config.error_replies;
  Attempt& attempt = *call.answer;
  std::string& text = attempt.judged_body;
  auto body = attempt.lease->buffered_body();
  while (body) {
    for (std::size_t i = 0; i < body->count; ++i) text.append(body->pieces[i]);
    if (attempt.lease->reply_complete()) {
      call.declared_error = policy::is_declared_error(declared, reply.status, text);
      co_return;
    }
    if (text.size() > policy::kMaxJudgedReply || !begins_as_json(text)) co_return;
    body = co_await attempt.lease->read_body(quiet_deadline(call, worker.loop.now()));
  }
  // `relay_stream` meets the broken connection again.
}

net::Task<void> relay_whole(Call& call, WorkerContext& worker, const net::ResponseHead& reply,
                            bool is_kept) {
  const model::Api& config = call.config().config;
  const std::uint64_t limit =
      call.face == Face::Envelope ? kMaxEnvelopeReply : config.transform.max_body_bytes;
  auto whole = co_await collect_reply(call, worker, *call.answer, reply, limit);
  if (call.caller_gone()) {
    call.end = CallEnd::CallerGone;
    co_return;
  }
  if (!whole) {
    call.error = std::move(whole.error());
    give_up(call);
    co_return;
  }
  call.declared_error = policy::is_declared_error(config.error_replies, whole->status, whole->body);
  if (is_kept) keep(call, worker, *whole);
  if (call.admission.usage) call.admission.usage->add(whole->body);
  if (auto changed = reshape(call, *whole); !changed) {
    call.error = std::move(changed.error());
    co_return;
  }
  co_await deliver(call, worker, *whole, {});
}

/// Sends the rest of a body as it comes. Ok when the caller has it all.
net::Task<IoStatus> relay_rest(Call& call, WorkerContext& worker, bool is_kept) {
  net::UpstreamPool::Lease& lease = call.answer->lease;
  IoStatus sent = IoStatus::Ok;
  bool ended = false;
  while (sent == IoStatus::Ok && !ended && !lease->reply_complete()) {
    // What passes inside the kernel cannot be copied.
    const bool is_copied = is_kept || call.admission.usage;
    const std::uint64_t passed = is_copied ? 0 : lease->pass_body(call.exchange->stream());
    if (passed > 0) {
      call.bytes_out += passed;
      sent = co_await call.exchange->flush();
      if (sent != IoStatus::Ok || call.caller_gone()) break;
    }
    const auto body = co_await lease->read_body(quiet_deadline(call, worker.loop.now()));
    if (call.caller_gone()) break;
    if (!body) {
      cut(call, body.error());
      co_return sent;
    }
    call.bytes_out += body->bytes();
    if (is_kept) copy_body(call, *body);
    tap(call, *body);
    ended = body->end;
    sent = co_await call.exchange->send_body(*body);
  }
  co_return sent;
}

net::Task<void> relay_stream(Call& call, WorkerContext& worker, const net::ResponseHead& reply,
                             bool is_kept) {
  if (may_be_error(call, reply)) co_await look_for_error(call, worker, reply);
  Attempt& attempt = *call.answer;
  auto body = first_body(attempt);
  // A body of known length follows its head at once; sending both together saves a packet. What has
  // no known length may be a stream, whose head must not wait.
  if (body && body->empty() && !body->end && reply.framing == BodyFraming::Length) {
    body = co_await attempt.lease->read_body(quiet_deadline(call, worker.loop.recent()));
  }
  if (call.caller_gone()) {
    call.end = CallEnd::CallerGone;
    co_return;
  }
  if (!body) {  // nothing has reached the caller: the error becomes its reply
    call.error = std::move(body.error());
    co_return;
  }
  std::vector<net::Field>& fields = worker.fields;
  fields.clear();
  const bool keep_length = call.request().method == net::Method::Head || reply.status == 304;
  select_reply_fields(reply, keep_length, fields);
  FieldTexts texts;
  if (auto changed = reshape_fields(call, reply.status, fields, texts); !changed) {
    call.error = std::move(changed.error());
    co_return;
  }
  net::OutgoingReply out = outgoing(call, reply);
  out.fields = fields;
  std::string& lines = call.reply_text;
  lines.clear();
  append_reply_lines(call, lines);
  out.lines = lines;

  call.status = reply.status;
  call.bytes_out += body->bytes();
  if (is_kept) copy_body(call, *body);
  tap(call, *body);
  IoStatus sent = co_await call.exchange->send(out, *body);
  if (sent == IoStatus::Ok && !body->end && !attempt.lease->reply_complete()) {
    sent = co_await relay_rest(call, worker, is_kept);
    if (call.end == CallEnd::Cut) co_return;
  }
  if (sent != IoStatus::Ok) call.note_caller_gone();
  call.end = call.caller_gone() ? CallEnd::CallerGone : CallEnd::Replied;
  if (is_kept && attempt.lease->reply_complete()) keep(call, worker);
}

net::Task<void> refuse(Call& call, Error error) {
  call.error = std::move(error);
  co_return;
}

}  // namespace

net::Task<void> relay(Call& call, WorkerContext& worker, const net::ResponseHead& reply) {
  if (reply.status == 101) {
    call.status = reply.status;
    return tunnel(call, worker, reply);
  }
  start_tap(call, reply);
  const bool is_kept = wants_to_keep(call, worker, reply);
  const auto reshaped = reshapes_body(call, reply);
  if (!reshaped) return refuse(call, reshaped.error());
  if (call.face == Face::Envelope || *reshaped) return relay_whole(call, worker, reply, is_kept);
  return relay_stream(call, worker, reply, is_kept);
}

}  // namespace apiforge::gateway::phases
