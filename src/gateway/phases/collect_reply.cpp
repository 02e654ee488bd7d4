#include "gateway/phases/collect_reply.hpp"

#include <algorithm>

#include "gateway/field_filter.hpp"

namespace apiforge::gateway::phases {
namespace {

bool append(std::string& out, const net::Body& body, std::uint64_t max_bytes) {
  for (std::size_t i = 0; i < body.count; ++i) out.append(body.pieces[i]);
  return out.size() <= max_bytes;
}

std::unexpected<Error> too_large(std::uint64_t max_bytes) {
  return fail(ErrorCode::ReplyTooLarge, "the upstream's reply has more than " +
                                            std::to_string(max_bytes) +
                                            " bytes, which have to be read whole");
}

}  // namespace

bool surely_larger(const net::ResponseHead& head, std::uint64_t max_bytes) {
  return head.framing == net::BodyFraming::Length && head.content_length > max_bytes;
}

net::Task<Result<WholeReply>> collect_reply(Call& call, WorkerContext& worker, Attempt& attempt,
                                            const net::ResponseHead& head,
                                            std::uint64_t max_bytes) {
  if (surely_larger(head, max_bytes)) co_return too_large(max_bytes);
  WholeReply reply;
  reply.status = head.status;
  worker.fields.clear();
  // The length of the body is told anew, but for what has none.
  const bool keep_length = head.status == 304 || call.request().method == net::Method::Head;
  select_reply_fields(head, keep_length, worker.fields);
  for (const net::Field& field : worker.fields) {
    reply.fields.push_back({std::string(field.name), std::string(field.value)});
  }
  reply.body = std::move(attempt.judged_body);
  attempt.judged_body.clear();
  auto body = attempt.lease->buffered_body();
  const auto quiet_time = call.config().config.upstream.idle_timeout;
  const MonotonicTime last =
      call.wanted_timeout ? call.started + *call.wanted_timeout : MonotonicTime::max();
  while (true) {
    if (!body) co_return std::unexpected(std::move(body.error()));
    if (!append(reply.body, *body, max_bytes)) co_return too_large(max_bytes);
    if (attempt.lease->reply_complete()) break;
    body = co_await attempt.lease->read_body(
        std::min<MonotonicTime>(worker.loop.now() + quiet_time, last));
  }
  attempt.lease = {};
  co_return reply;
}

}  // namespace apiforge::gateway::phases
