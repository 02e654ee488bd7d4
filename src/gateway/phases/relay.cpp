#include "gateway/field_filter.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/phases/tunnel.hpp"

namespace apiforge::gateway::phases {
namespace {

using net::BodyFraming;
using net::IoStatus;

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
Result<net::Body> first_body(Call& call) {
  if (call.error_body.empty()) return call.lease->buffered_body();
  net::Body body;
  body.pieces[body.count++] = call.error_body;
  body.end = call.lease->reply_complete();
  return body;
}

void cut(Call& call, Error error) {
  call.error = std::move(error);
  call.end = CallEnd::Cut;
  call.exchange->abort();
}

}  // namespace

net::Task<void> relay(Call& call, WorkerContext& worker, const net::ResponseHead& reply) {
  if (reply.status == 101) {
    call.status = reply.status;
    co_await tunnel(call, worker, reply);
    co_return;
  }
  auto body = first_body(call);
  // A body of known length follows its head at once; sending both together saves a packet. What has
  // no known length may be a stream, whose head must not wait.
  if (body && body->empty() && !body->end && reply.framing == BodyFraming::Length) {
    body = co_await call.lease->read_body(worker.loop.recent() +
                                          call.config().config.upstream.idle_timeout);
  }
  if (call.caller_gone()) {
    call.end = CallEnd::CallerGone;
    co_return;
  }
  if (!body) {  // nothing has reached the caller: the error becomes its reply
    call.error = std::move(body.error());
    co_return;
  }
  call.status = reply.status;
  std::vector<net::Field>& fields = worker.fields;
  fields.clear();
  const bool keep_length = call.request().method == net::Method::Head || reply.status == 304;
  select_reply_fields(reply, keep_length, fields);
  net::OutgoingReply out = outgoing(call, reply);
  out.fields = fields;
  std::string& lines = call.upstream_lines;
  lines.assign("X-Request-ID: ").append(call.request_id).append("\r\n", 2);
  out.lines = lines;

  call.bytes_out += body->bytes();
  IoStatus sent = co_await call.exchange->send(out, *body);
  while (sent == IoStatus::Ok && !body->end && !call.lease->reply_complete()) {
    if (const std::uint64_t passed = call.lease->pass_body(call.exchange->stream()); passed > 0) {
      call.bytes_out += passed;
      sent = co_await call.exchange->flush();
      if (sent != IoStatus::Ok || call.caller_gone()) break;
    }
    const auto deadline = worker.loop.now() + call.config().config.upstream.idle_timeout;
    body = co_await call.lease->read_body(deadline);
    if (call.caller_gone()) break;
    if (!body) {
      cut(call, std::move(body.error()));
      co_return;
    }
    call.bytes_out += body->bytes();
    sent = co_await call.exchange->send_body(*body);
  }
  if (sent != IoStatus::Ok) call.note_caller_gone();
  call.end = call.caller_gone() ? CallEnd::CallerGone : CallEnd::Replied;
}

}  // namespace apiforge::gateway::phases
