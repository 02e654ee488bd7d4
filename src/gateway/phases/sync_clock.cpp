#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

constexpr std::chrono::milliseconds kClockTimeout{2'000};
constexpr std::size_t kMaxClockReply = 4'096;

net::Task<Result<std::string>> ask(Call& call, WorkerContext& worker, std::string_view target) {
  const EndpointRuntime& endpoint = call.api->endpoints[call.endpoint];
  const MonotonicTime deadline = worker.loop.recent() + kClockTimeout;
  call.lease = endpoint.pool->take_idle(net::UpstreamPool::Choice::Any);
  if (!call.lease) {
    auto connected = co_await endpoint.pool->connect(deadline);
    if (!connected) co_return std::unexpected(std::move(connected.error()));
    call.lease = std::move(*connected);
  }
  net::OutgoingRequest request;
  request.method_text = "GET";
  request.target = target;
  request.authority = endpoint.config->authority;
  net::Body none;
  none.end = true;
  co_await call.lease->send(request, none, deadline);
  auto head = co_await call.lease->read_head(deadline);
  if (!head) co_return std::unexpected(std::move(head.error()));
  std::string body;
  while (!call.lease->reply_complete() && body.size() < kMaxClockReply) {
    auto more = co_await call.lease->read_body(deadline);
    if (!more) co_return std::unexpected(std::move(more.error()));
    for (std::size_t i = 0; i < more->count; ++i) body.append(more->pieces[i]);
  }
  co_return body;
}

}  // namespace

net::Task<void> sync_clock(Call& call, WorkerContext& worker) {
  const connectors::Connector& connector = *call.config().connector;
  const auto query = connector.clock_query_due(call.target.path, worker.loop.recent());
  if (!query) co_return;
  const std::string target =
      call.api->endpoints[call.endpoint].config->parts.path_prefix + std::string(query->target);
  const WallTime sent = worker.loop.clock().wall();
  const auto answer = co_await ask(call, worker, target);
  call.lease = {};
  if (answer) {
    connector.learn_clock(*answer, sent, worker.loop.clock().wall(), worker.loop.recent());
  }
}

}  // namespace apiforge::gateway::phases
