#include <algorithm>

#include "gateway/phases/phases.hpp"
#include "gateway/phases/shape.hpp"

namespace apiforge::gateway::phases {
namespace {

// What a connector signs is an order or a query, never a file.
constexpr std::uint64_t kMaxSignedBody = 1 << 20;

// A body up to this size is read whole before the upstream is called: it then goes out with the
// head in one write, and can be sent again. `retry.replay_bytes` may ask for more.
constexpr std::uint64_t kSmallBody = 16 * 1024;

void append(std::string& out, const net::Body& body) {
  for (std::size_t i = 0; i < body.count; ++i) out.append(body.pieces[i]);
}

Step too_large(Call& call, std::uint64_t limit) {
  call.error = Error{ErrorCode::BodyTooLarge,
                     "the body is larger than allowed here (" + std::to_string(limit) +
                         " bytes: max_body_bytes, MAX_BODY_BYTES, or what has to be read whole)",
                     {}};
  return Step::Fail;
}

// How much of the body a later phase has to have whole; 0 when none has to.
std::uint64_t needed_whole(const Call& call) {
  const CompiledApi& api = call.config();
  std::uint64_t limit = UINT64_MAX;
  if (call.sign_body) limit = kMaxSignedBody;
  if (shapes_body(call)) limit = std::min(limit, api.config.transform.max_body_bytes);
  if (call.operation) limit = std::min(limit, RequestContract::kMaxBody);
  return limit == UINT64_MAX ? 0 : std::min(limit, call.max_body_bytes);
}

bool is_replayable(const Call& call) {
  const net::RequestHead& request = call.request();
  return request.framing == net::BodyFraming::Length &&
         request.content_length <=
             std::max(kSmallBody, call.config().config.upstream.retry.replay_bytes);
}

// Room for what the caller announces, so that it is not moved as it comes; no more than this for an
// announcement alone.
constexpr std::uint64_t kMostReserved = 1 << 20;

}  // namespace

net::Task<Step> collect_rest(Call& call, std::uint64_t limit) {
  call.body.reserve(std::min({call.request().content_length, limit, kMostReserved}));
  append(call.body, call.first_body);
  while (call.body.size() <= limit && !call.exchange->body_complete()) {
    auto more = co_await call.exchange->read_body();
    if (!more) {
      call.error = std::move(more.error());
      co_return Step::Fail;
    }
    append(call.body, *more);
  }
  if (call.body.size() > limit) co_return too_large(call, limit);
  call.bytes_in = call.body.size();
  call.body_collected = true;
  call.first_body = {};
  call.first_body.end = true;
  co_return Step::GoOn;
}

Step collect(Call& call, std::uint64_t& needed) {
  const net::RequestHead& request = call.request();
  call.sign_body = call.config().connector->needs_body(request.method_text, call.upstream_path());
  if (call.body_collected) {  // it came in an envelope
    const std::uint64_t limit = needed_whole(call);
    call.first_body.end = true;
    return limit > 0 && call.body.size() > limit ? too_large(call, limit) : Step::GoOn;
  }
  if (request.framing == net::BodyFraming::None) {
    call.first_body.end = true;
    call.body_collected = true;
    return Step::GoOn;
  }
  auto first = call.exchange->buffered_body();
  if (!first) {
    call.error = std::move(first.error());
    return Step::Fail;
  }
  call.first_body = *first;
  call.bytes_in = first->bytes();
  if (call.bytes_in > call.max_body_bytes) return too_large(call, call.max_body_bytes);
  needed = needed_whole(call);
  call.body_streaming = needed == 0 && !first->end;
  if (!call.body_streaming || !is_replayable(call)) return Step::GoOn;
  call.body_streaming = false;
  needed = request.content_length;
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
