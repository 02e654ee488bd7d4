#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

constexpr std::chrono::milliseconds kClockTimeout{2'000};
constexpr std::size_t kMaxClockReply = 4'096;

net::Task<Result<std::string>> ask(const Call& call, WorkerContext& worker, Attempt& attempt,
                                   std::string_view target) {
  const EndpointRuntime& endpoint = call.api->endpoints[attempt.endpoint];
  const MonotonicTime deadline = worker.loop.recent() + kClockTimeout;
  attempt.lease = endpoint.pool->take_idle(net::UpstreamPool::Choice::Any);
  if (!attempt.lease) {
    auto connected = co_await endpoint.pool->connect(deadline);
    if (!connected) co_return std::unexpected(std::move(connected.error()));
    attempt.lease = std::move(*connected);
  }
  net::OutgoingRequest request;
  request.method_text = "GET";
  request.target = target;
  request.authority = endpoint.config->authority;
  net::Body none;
  none.end = true;
  co_await attempt.lease->send(request, none, deadline);
  auto head = co_await attempt.lease->read_head(deadline);
  if (!head) co_return std::unexpected(std::move(head.error()));
  std::string body;
  while (!attempt.lease->reply_complete() && body.size() < kMaxClockReply) {
    auto more = co_await attempt.lease->read_body(deadline);
    if (!more) co_return std::unexpected(std::move(more.error()));
    for (std::size_t i = 0; i < more->count; ++i) body.append(more->pieces[i]);
  }
  co_return body;
}

}  // namespace

net::Task<void> sync_clock(Call& call, WorkerContext& worker, Attempt& attempt,
                           connectors::ClockQuery query) {
  const connectors::Connector& connector = *call.config().connector;
  const std::string target =
      call.api->endpoints[attempt.endpoint].config->parts.path_prefix + std::string(query.target);
  const WallTime sent = worker.loop.clock().wall();
  const auto answer = co_await ask(call, worker, attempt, target);
  attempt.lease = {};
  if (answer) {
    connector.learn_clock(*answer, sent, worker.loop.clock().wall(), worker.loop.recent());
  }
}

}  // namespace apiforge::gateway::phases
