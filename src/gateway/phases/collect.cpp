#include <algorithm>

#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

// What a connector signs is an order or a query, never a file.
constexpr std::uint64_t kMaxSignedBody = 1 << 20;

// A body up to this size is read whole before the upstream is called: it then goes out with the
// head in one write, and can be sent again.
constexpr std::uint64_t kSmallBody = 16 * 1024;

void append(std::string& out, const net::Body& body) {
  for (std::size_t i = 0; i < body.count; ++i) out.append(body.pieces[i]);
}

bool is_small(const net::RequestHead& request) {
  return request.framing == net::BodyFraming::Length && request.content_length <= kSmallBody;
}

// Reads what is left of the body into `Call::body`, whose size `limit` bounds.
net::Task<Step> read_rest(Call& call, std::uint64_t limit) {
  append(call.body, call.first_body);
  while (!call.exchange->body_complete()) {
    auto more = co_await call.exchange->read_body();
    if (!more) {
      call.error = std::move(more.error());
      co_return Step::Fail;
    }
    append(call.body, *more);
    if (call.body.size() > limit) {
      call.error = Error{ErrorCode::BodyTooLarge,
                         "a body that has to be signed has 1 MiB at most, or max_body_bytes",
                         {}};
      co_return Step::Fail;
    }
  }
  call.bytes_in = call.body.size();
  call.first_body = {};
  call.first_body.end = true;
  co_return Step::GoOn;
}

}  // namespace

net::Task<Step> collect(Call& call, WorkerContext&) {
  const net::RequestHead& request = call.request();
  if (request.framing == net::BodyFraming::None) {
    call.first_body.end = true;
    call.body_collected =
        call.config().connector->needs_body(request.method_text, call.target.path);
    co_return Step::GoOn;
  }
  auto first = call.exchange->buffered_body();
  if (!first) {
    call.error = std::move(first.error());
    co_return Step::Fail;
  }
  call.first_body = *first;
  call.bytes_in = first->bytes();
  if (call.bytes_in > call.max_body_bytes) {
    call.error = Error{ErrorCode::BodyTooLarge,
                       "the body is larger than allowed (max_body_bytes, MAX_BODY_BYTES)",
                       {}};
    co_return Step::Fail;
  }
  call.body_collected = call.config().connector->needs_body(request.method_text, call.target.path);
  if (call.body_collected) {
    co_return co_await read_rest(call, std::min(kMaxSignedBody, call.max_body_bytes));
  }
  call.body_streaming = !first->end;
  if (!call.body_streaming || !is_small(request)) co_return Step::GoOn;
  call.body_streaming = false;
  const Step step = co_await read_rest(call, kSmallBody);
  call.first_body.pieces[call.first_body.count++] = call.body;
  co_return step;
}

}  // namespace apiforge::gateway::phases
