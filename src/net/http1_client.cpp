#include "net/http1_client.hpp"

#include "net/detail/socket_info.hpp"
#include "net/http1_writer.hpp"

namespace apiforge::net {
namespace {

Error upstream_error(IoStatus status, const char* when) {
  if (status == IoStatus::TimedOut) {
    return {ErrorCode::UpstreamTimeout, std::string("the upstream took too long ") + when, {}};
  }
  return {ErrorCode::UpstreamBroke, std::string("the upstream closed the connection ") + when, {}};
}

}  // namespace

Http1Client::Http1Client(ConnectionPtr connection, const Http1ClientOptions& options,
                         std::string& scratch)
    : connection_(std::move(connection)),
      options_(options),
      scratch_(scratch),
      parser_(options.limits) {}

Task<IoStatus> Http1Client::send(const OutgoingRequest& request, const Body& body,
                                 MonotonicTime deadline) {
  ++exchanges_;
  connection_->watch(nullptr);
  read_before_ = connection_->bytes_read();
  written_before_ = connection_->bytes_written();
  without_body_ = request.method == Method::Head;
  request_framing_ = request.framing;
  request_sent_ = request.framing == BodyFraming::None || body.end;
  head_seen_ = false;
  parser_.restart(without_body_);
  scratch_.clear();
  append_request_head(scratch_, request);
  ChunkFrames frames;
  const auto pieces = request_framing_ == BodyFraming::Chunked
                          ? frames.lay_out(scratch_, body)
                          : frames.lay_out_plain(scratch_, body);
  co_return co_await connection_->write(pieces, 1, deadline);
}

Task<IoStatus> Http1Client::send_body(const Body& body, MonotonicTime deadline) {
  ChunkFrames frames;
  const auto pieces = request_framing_ == BodyFraming::Chunked ? frames.lay_out({}, body)
                                                               : frames.lay_out_plain({}, body);
  IoStatus status = IoStatus::Ok;
  if (!pieces.empty()) status = co_await connection_->write(pieces, 0, deadline);
  request_sent_ = request_sent_ || (body.end && status == IoStatus::Ok);
  co_return status;
}

Task<Result<const ResponseHead*>> Http1Client::read_head(MonotonicTime deadline) {
  if (head_seen_) {  // an interim reply came before
    connection_->release();
    parser_.restart(without_body_);
    head_seen_ = false;
  }
  connection_->allow_input(options_.limits.head_bytes, false);
  while (true) {
    if (!connection_->input().empty()) {
      const auto taken = parser_.parse_head(connection_->input());
      if (!taken) co_return std::unexpected(taken.error());
      if (*taken > 0) {
        connection_->pin();
        connection_->consume(*taken);
        head_seen_ = true;
        co_return &parser_.head();
      }
    }
    const IoStatus status = co_await connection_->read(deadline);
    if (status == IoStatus::Full) {
      co_return fail(ErrorCode::UpstreamProtocolError, "the upstream's head is too large");
    }
    if (status != IoStatus::Ok) {
      co_return std::unexpected(upstream_error(status, "before its reply"));
    }
  }
}

Result<Body> Http1Client::buffered_body() {
  Body body;
  while (body.count < Body::kMaxPieces && !body.end) {
    const auto step = parser_.next(connection_->input());
    if (!step) return std::unexpected(step.error());
    connection_->consume(step->consumed);
    if (!step->data.empty()) body.pieces[body.count++] = step->data;
    body.end = step->end;
    if (step->need_more) break;
    if (step->consumed == 0 && !step->end) break;
  }
  if (body.end) body.trailers = parser_.trailers();
  return body;
}

Task<Result<Body>> Http1Client::read_body(MonotonicTime deadline) {
  while (true) {
    auto body = buffered_body();
    if (!body || !body->empty() || body->end) co_return body;
    const IoStatus status = co_await connection_->read(deadline);
    if (status == IoStatus::EndOfStream && parser_.end_of_stream()) {
      Body end;
      end.end = true;
      co_return end;
    }
    if (status != IoStatus::Ok) {
      co_return std::unexpected(upstream_error(status, "within its reply"));
    }
  }
}

std::uint64_t Http1Client::pass_body(Connection& to) {
  constexpr std::uint64_t kLarge = 32 * 1024;
  const std::uint64_t left = parser_.length_left();
  if (left == 0 || !connection_->input().empty()) return 0;
  if (!connection_->can_pass_to(to)) {
    if (left > kLarge) connection_->allow_input(options_.body_buffer_bytes, true);
    return 0;
  }
  const std::uint64_t passed = connection_->pass_now(to, left);
  if (passed > 0) parser_.skip(passed);
  return passed;
}

bool Http1Client::surely_unseen() const {
  const std::uint64_t acknowledged = connection_->bytes_acknowledged();
  // The kernel may count the SYN as a byte; a request is longer than that.
  return acknowledged != kUnknownBytes && acknowledged < written_before_ + 2;
}

bool Http1Client::reusable() const {
  return reply_complete() && request_sent_ && parser_.head().keep_alive &&
         parser_.head().status >= 200 && connection_->input().empty() &&
         !connection_->peer_gone() && !connection_->closed();
}

void Http1Client::rest(Connection::Watcher* watcher) {
  connection_->release();
  connection_->watch(watcher);
}

}  // namespace apiforge::net
