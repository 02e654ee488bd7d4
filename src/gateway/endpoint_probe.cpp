#include "gateway/endpoint_probe.hpp"

#include "gateway/snapshot.hpp"
#include "net/event_loop.hpp"
#include "net/http1_client.hpp"

namespace apiforge::gateway {
namespace {

constexpr std::string_view kFields =
    "Accept: */*\r\nUser-Agent: apiforge-health-check\r\nConnection: close\r\n";
constexpr int kMaxInterimReplies = 8;
/// Of a reply only the head is read.
constexpr std::size_t kInputBytes = 4 * 1024;

net::Task<Result<int>> ask_for_status(net::ConnectionPtr connection,
                                      std::shared_ptr<const EndpointProbe> probe,
                                      MonotonicTime deadline) {
  const net::Http1ClientOptions options;
  std::string scratch;
  net::Http1Client client(std::move(connection), options, scratch);
  net::OutgoingRequest head;
  head.method_text = "GET";
  head.target = probe->target;
  head.authority = probe->authority;
  head.lines = kFields;
  net::Body nothing;
  nothing.end = true;
  const net::IoStatus sent = co_await client.send(head, nothing, deadline);
  if (sent == net::IoStatus::TimedOut) {
    co_return fail(ErrorCode::UpstreamTimeout, "the request was not taken in time");
  }
  if (sent != net::IoStatus::Ok) {
    co_return fail(ErrorCode::UpstreamBroke, "the request was not taken");
  }
  for (int i = 0; i < kMaxInterimReplies; ++i) {
    const auto reply = co_await client.read_head(deadline);
    if (!reply) co_return std::unexpected(reply.error());
    if ((*reply)->status >= 200) co_return (*reply)->status;
  }
  co_return fail(ErrorCode::UpstreamProtocolError, "too many interim replies");
}

}  // namespace

EndpointProbe make_probe(const CompiledApi& api, const CompiledEndpoint& endpoint) {
  const model::Upstream& upstream = api.config.upstream;
  EndpointProbe probe{.check = upstream.health_check.value_or(model::HealthCheck{}),
                      .server = std::make_shared<net::DialTarget>(),
                      .authority = endpoint.authority,
                      .target = {}};
  probe.target = endpoint.parts.path_prefix + probe.check.path;
  probe.server->address = {endpoint.parts.host, endpoint.parts.port};
  probe.server->input_bytes = kInputBytes;
  if (endpoint.parts.tls && probe.check.kind == model::HealthCheckKind::Http) {
    probe.server->tls = api.tls;
    probe.server->server_name = upstream.tls.server_name.value_or(endpoint.parts.host);
  }
  return probe;
}

net::Task<Result<void>> run_probe(net::EventLoop& loop, net::Dialer& dialer,
                                  std::shared_ptr<const EndpointProbe> probe) {
  const MonotonicTime deadline = loop.now() + probe->check.timeout;
  auto connection = co_await dialer.dial(probe->server, deadline);
  if (!connection) co_return std::unexpected(std::move(connection.error()));
  if (probe->check.kind == model::HealthCheckKind::Tcp) co_return Result<void>{};
  const auto status = co_await ask_for_status(*std::move(connection), probe, deadline);
  if (!status) co_return std::unexpected(status.error());
  const auto found = static_cast<std::uint32_t>(*status);
  if (found < probe->check.status_min || found > probe->check.status_max) {
    co_return fail(ErrorCode::UpstreamProtocolError, "status " + std::to_string(found));
  }
  co_return Result<void>{};
}

}  // namespace apiforge::gateway
