#include "net/detail/http1_session.hpp"

#include <utility>

#include "net/event_loop.hpp"
#include "net/http1_writer.hpp"

namespace apiforge::net {
namespace {

using std::chrono::milliseconds;

// How long, and for how much, input is discarded so that the last reply is not lost to a reset.
constexpr milliseconds kLingerTime{1'000};
constexpr std::size_t kLingerBytes = 1 << 20;

Error caller_error(IoStatus status) {
  if (status == IoStatus::TimedOut) {
    return {ErrorCode::RequestTimeout, "the request body did not arrive in time", {}};
  }
  return {ErrorCode::CallerGone, "the caller closed the connection", {}};
}

}  // namespace

Http1Session::Http1Session(Http1Server& server, ConnectionPtr connection, bool tls)
    : server_(server),
      connection_(std::move(connection)),
      parser_(server.options_.limits),
      tls_(tls) {}

Task<void> Http1Session::run() {
  // g++ 12 miscompiles co_await in the condition of a loop.
  while (true) {
    const bool arrived = co_await read_head();
    if (!arrived) break;
    ++server_.requests_;
    co_await server_.handler_.handle(*this);
    co_await continue_.join();
    connection_->watch(nullptr);
    if (upgraded_ || !replied_ || !keep_alive_ || !parser_.complete() || connection_->closed())
      break;
    connection_->release();
  }
  co_await linger();
  connection_->close();
}

Task<bool> Http1Session::read_head() {
  idle_ = true;
  replied_ = continue_sent_ = false;
  pipelined_ = connection_->input().empty() ? 0 : pipelined_ + 1;
  keep_alive_ = pipelined_ < server_.options_.max_pipelined_requests;
  parser_.restart();
  connection_->allow_input(server_.options_.limits.head_bytes, false);
  bool begun = false;
  MonotonicTime deadline = server_.loop_.recent() + server_.options_.idle_timeout;
  while (true) {
    if (!connection_->input().empty()) {
      const auto taken = parser_.parse_head(connection_->input());
      if (!taken) {
        co_await refuse(taken.error());
        co_return false;
      }
      if (*taken > 0) {
        idle_ = false;
        connection_->pin();
        connection_->consume(*taken);
        co_return true;
      }
      if (!std::exchange(begun, true)) {
        idle_ = false;
        deadline = server_.loop_.now() + server_.options_.head_timeout;
      }
    }
    const IoStatus status = co_await connection_->read(deadline);
    if (status == IoStatus::Full) {
      const Error too_large{ErrorCode::HeadTooLarge, "the head is larger than MAX_HEAD_BYTES", {}};
      co_await refuse(too_large);
    }
    if (status != IoStatus::Ok) co_return false;
  }
}

Task<void> Http1Session::refuse(const Error& error) {
  const std::string reply = server_.handler_.refusal(error);
  const std::array<std::string_view, 1> pieces{reply};
  co_await connection_->write(pieces, 0, body_deadline());
  idle_ = false;
}

Task<void> Http1Session::linger() {
  const bool all_read = connection_->input().empty() && (parser_.complete() || idle_);
  if (connection_->closed() || connection_->peer_gone() || (all_read && !tls_)) co_return;
  connection_->shutdown_send();
  connection_->release();
  const MonotonicTime deadline = server_.loop_.now() + kLingerTime;
  std::size_t discarded = 0;
  while (discarded < kLingerBytes) {
    discarded += connection_->input().size();
    connection_->consume(connection_->input().size());
    const IoStatus status = co_await connection_->read(deadline);
    if (status != IoStatus::Ok) co_return;
  }
}

MonotonicTime Http1Session::body_deadline() const {
  return server_.loop_.recent() + server_.options_.body_timeout;
}

// ------------------------------------------------------------------------------------ request body

Result<Body> Http1Session::buffered_body() {
  Body body;
  while (body.count < Body::kMaxPieces && !body.end) {
    const auto step = parser_.next(connection_->input());
    if (!step) {
      keep_alive_ = false;
      return std::unexpected(step.error());
    }
    connection_->consume(step->consumed);
    if (!step->data.empty()) body.pieces[body.count++] = step->data;
    body.end = step->end;
    if (step->need_more) break;
  }
  if (body.end) body.trailers = parser_.trailers();
  return body;
}

Task<Result<Body>> Http1Session::read_body() {
  while (true) {
    auto body = buffered_body();
    if (!body || !body->empty() || body->end) co_return body;
    if (parser_.head().expects_continue && !std::exchange(continue_sent_, true)) {
      continue_.start(send_continue());
    }
    const bool large =
        parser_.head().framing == BodyFraming::Chunked || parser_.head().content_length > 16 * 1024;
    if (large) connection_->allow_input(server_.options_.body_buffer_bytes, true);
    const IoStatus status = co_await connection_->read(body_deadline());
    if (status != IoStatus::Ok) {
      keep_alive_ = false;
      co_return std::unexpected(caller_error(status));
    }
  }
}

Task<void> Http1Session::send_continue() {
  static constexpr std::array<std::string_view, 1> kPieces{"HTTP/1.1 100 Continue\r\n\r\n"};
  co_await connection_->write(kPieces, 0, body_deadline());
}

// ------------------------------------------------------------------------------------------- reply

Task<IoStatus> Http1Session::send(const OutgoingReply& given, const Body& body) {
  const RequestHead& request = parser_.head();
  OutgoingReply reply = given;
  if (reply.framing == BodyFraming::Chunked && request.minor_version == 0) {
    reply.framing = BodyFraming::UntilClose;
  }
  reply_framing_ = reply.framing;
  upgraded_ = reply.status == 101;
  keep_alive_ = keep_alive_ && request.keep_alive && !reply.close && !server_.draining_ &&
                parser_.complete() && reply_framing_ != BodyFraming::UntilClose;
  // After a refused upgrade, bytes behind the request may belong to the other protocol.
  if (request.wants_upgrade && !upgraded_ && !connection_->input().empty()) keep_alive_ = false;
  replied_ = reply_framing_ == BodyFraming::None || body.end;
  continue_sent_ = true;  // the final reply says it all

  std::string& head = server_.scratch_;
  head.clear();
  append_reply_head(head, reply, request.minor_version, keep_alive_ || upgraded_);
  std::string kept;
  if (continue_.running()) {
    kept = head;
    co_await continue_.join();
  }
  const std::string_view text = kept.empty() ? head : kept;
  ChunkFrames frames;
  const auto pieces = reply_framing_ == BodyFraming::Chunked ? frames.lay_out(text, body)
                                                             : frames.lay_out_plain(text, body);
  co_return co_await connection_->write(pieces, 1, body_deadline());
}

Task<IoStatus> Http1Session::send_body(const Body& body) {
  replied_ = replied_ || body.end;
  ChunkFrames frames;
  const auto pieces = reply_framing_ == BodyFraming::Chunked ? frames.lay_out({}, body)
                                                             : frames.lay_out_plain({}, body);
  if (pieces.empty()) co_return IoStatus::Ok;
  co_return co_await connection_->write(pieces, 0, body_deadline());
}

Task<IoStatus> Http1Session::flush() {
  co_return co_await connection_->flush(body_deadline());
}

Task<IoStatus> Http1Session::send_interim(int status, std::span<const Field> fields) {
  if (parser_.head().minor_version == 0) co_return IoStatus::Ok;
  std::string& head = server_.scratch_;
  head.clear();
  append_interim_head(head, status, fields);
  std::string kept;
  if (continue_.running()) {
    kept = head;
    co_await continue_.join();
  }
  const std::array<std::string_view, 1> pieces{kept.empty() ? head : kept};
  co_return co_await connection_->write(pieces, 1, body_deadline());
}

void Http1Session::abort() {
  keep_alive_ = false;
  // Without framing only a reset tells the caller that something is missing.
  connection_->close(reply_framing_ == BodyFraming::UntilClose);
}

}  // namespace apiforge::net
