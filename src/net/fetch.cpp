#include "net/fetch.hpp"

#include "net/event_loop.hpp"
#include "net/http1_client.hpp"

namespace apiforge::net {
namespace {

constexpr int kMaxInterimReplies = 8;
constexpr std::string_view kFields =
    "Accept: application/json\r\nUser-Agent: apiforge\r\nConnection: close\r\n";

Task<Result<std::string>> read_whole_body(Http1Client& client, std::size_t limit,
                                          MonotonicTime deadline) {
  std::string text;
  auto piece = client.buffered_body();
  while (true) {
    if (!piece) co_return std::unexpected(std::move(piece.error()));
    for (std::size_t i = 0; i < piece->count; ++i) text.append(piece->pieces[i]);
    if (text.size() > limit) {
      co_return fail(ErrorCode::UpstreamProtocolError,
                     "the document has more than " + std::to_string(limit) + " bytes");
    }
    if (client.reply_complete()) co_return text;
    piece = co_await client.read_body(deadline);
  }
}

}  // namespace

Task<Result<FetchReply>> fetch(EventLoop& loop, Dialer& dialer, FetchRequest request) {
  const MonotonicTime deadline = loop.now() + request.timeout;
  auto connection = co_await dialer.dial(request.server, deadline);
  if (!connection) co_return std::unexpected(std::move(connection.error()));
  const Http1ClientOptions options;
  std::string scratch;
  Http1Client client(*std::move(connection), options, scratch);
  OutgoingRequest head;
  head.method = request.method;
  head.method_text = method_name(request.method);
  head.target = request.target;
  head.authority = request.authority;
  request.lines.append(kFields);
  head.lines = request.lines;
  Body body_out;
  body_out.end = true;
  if (!request.body.empty()) {
    head.framing = BodyFraming::Length;
    head.content_length = request.body.size();
    body_out.pieces[body_out.count++] = request.body;
  }
  const IoStatus sent = co_await client.send(head, body_out, deadline);
  if (sent != IoStatus::Ok) co_return fail(ErrorCode::UpstreamBroke, "the request was not taken");
  FetchReply reply;
  for (int i = 0; i < kMaxInterimReplies && reply.status < 200; ++i) {
    const auto answer = co_await client.read_head(deadline);
    if (!answer) co_return std::unexpected(answer.error());
    reply.status = (*answer)->status;
  }
  if (request.head_only) co_return reply;
  auto body = co_await read_whole_body(client, request.max_body_bytes, deadline);
  if (!body) co_return std::unexpected(std::move(body.error()));
  reply.body = *std::move(body);
  co_return reply;
}

}  // namespace apiforge::net
