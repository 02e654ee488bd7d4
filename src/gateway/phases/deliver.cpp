#include "gateway/phases/deliver.hpp"

#include "base/text.hpp"
#include "gateway/envelope.hpp"

namespace apiforge::gateway::phases {
namespace {

bool is_head(const Call& call) {
  return call.request().method == net::Method::Head;
}

/// RFC 9110 8.6: no length is told of what has no content.
bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

std::string_view endpoint_of(const Call& call) {
  return call.tried.empty() ? std::string_view()
                            : call.api->endpoints[call.answer->endpoint].config->url;
}

EnvelopeMeta meta_of(const Call& call, WorkerContext& worker) {
  const model::Api& api = call.config().config;
  const auto latency =
      std::chrono::duration_cast<std::chrono::milliseconds>(worker.loop.now() - call.started);
  return {.api = api.name,
          .version = api.version,
          .endpoint = endpoint_of(call),
          .attempts = call.attempts,
          .cached = call.cached,
          .latency_ms = static_cast<std::uint64_t>(latency.count()),
          .request_id = call.request_id};
}

net::Task<void> send(Call& call, net::OutgoingReply out, std::string_view body, bool with_body) {
  net::Body content;
  content.end = true;
  if (with_body && !body.empty()) content.pieces[content.count++] = body;
  call.status = out.status;
  call.bytes_out += content.bytes();
  const net::IoStatus sent = co_await call.exchange->send(out, content);
  call.end = sent == net::IoStatus::Ok ? CallEnd::Replied : CallEnd::CallerGone;
}

net::Task<void> deliver_envelope(Call& call, WorkerContext& worker, const WholeReply& reply,
                                 std::string_view extra_lines) {
  // On the frame: the head's lines are in the Call's scratch until they are sent.
  std::string envelope;
  envelope.reserve(reply.body.size() + 1'024);
  append_reply_envelope(envelope, reply, is_head(call), meta_of(call, worker));
  std::string& lines = call.reply_text;
  lines.assign("Content-Type: application/json\r\n");
  append_reply_lines(call, lines);
  lines.append(extra_lines);
  net::OutgoingReply out;
  out.lines = lines;
  out.framing = net::BodyFraming::Length;
  out.content_length = envelope.size();
  co_await send(call, out, envelope, true);
}

}  // namespace

void append_reply_lines(const Call& call, std::string& out) {
  const std::string_view versions =
      call.api ? std::string_view(call.config().version_lines) : std::string_view();
  append_all(out, {"X-Request-ID: ", call.request_id, "\r\n", versions, call.admission.lines,
                   call.reply_lines});
  if (!call.fallback.empty()) append_all(out, {"X-Fallback: ", call.fallback, "\r\n"});
}

net::Task<void> deliver(Call& call, WorkerContext& worker, const WholeReply& reply,
                        std::string_view extra_lines) {
  if (call.face == Face::Detached) {
    call.status = reply.status;
    call.end = CallEnd::Replied;
    co_return;
  }
  if (call.face == Face::Envelope) {
    co_await deliver_envelope(call, worker, reply, extra_lines);
    co_return;
  }
  std::string& lines = call.reply_text;
  lines.clear();
  for (const OwnedField& field : reply.fields) {
    append_all(lines, {field.name, ": ", field.value, "\r\n"});
  }
  append_reply_lines(call, lines);
  lines.append(extra_lines);
  const bool bodiless = is_bodiless(reply.status);
  net::OutgoingReply out;
  out.status = reply.status;
  out.lines = lines;
  out.framing = bodiless ? net::BodyFraming::None : net::BodyFraming::Length;
  out.content_length = reply.body.size();
  // Only the upstream knows the length of what it answered to HEAD.
  if (is_head(call) && reply.body.empty()) out.framing = net::BodyFraming::None;
  co_await send(call, out, reply.body, !bodiless && !is_head(call));
}

net::Task<void> deliver_own(Call& call, int status, std::string_view type, std::string_view body) {
  std::string& lines = call.reply_text;
  lines.clear();
  if (!type.empty()) append_all(lines, {"Content-Type: ", type, "\r\n"});
  append_all(lines,
             {"X-Request-ID: ", call.request_id, "\r\n", call.admission.lines, call.reply_lines});
  net::OutgoingReply out;
  out.status = status;
  out.lines = lines;
  out.framing = is_bodiless(status) ? net::BodyFraming::None : net::BodyFraming::Length;
  out.content_length = body.size();
  const bool with_body = call.exchange->request().method != net::Method::Head;
  co_await send(call, out, body, with_body);
}

}  // namespace apiforge::gateway::phases
