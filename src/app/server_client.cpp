#include "app/server_client.hpp"

#include "app/dial_target.hpp"
#include "base/random.hpp"
#include "net/event_loop.hpp"

namespace apiforge::app {
namespace {

/// Of all of a request: a plan of thousands of APIs is made in a second.
constexpr std::chrono::seconds kClientTimeout{60};
constexpr std::size_t kMaxReply = 64 << 20;

net::Task<void> fetch_and_stop(net::EventLoop& loop, net::Dialer& dialer, net::FetchRequest request,
                               std::optional<Result<net::FetchReply>>& reply) {
  reply = co_await net::fetch(loop, dialer, std::move(request));
  loop.stop();
}

}  // namespace

Result<ServerClient> ServerClient::make(const std::string& server, Secret api_key,
                                        const Clock& clock) {
  auto url = model::parse_upstream_url(server);
  if (!url) {
    return fail(ErrorCode::InvalidValue,
                "--server: " + url.error().detail + "; write it like http://127.0.0.1:8000");
  }
  if (api_key.reveal().find_first_of("\r\n") != std::string_view::npos) {
    return fail(ErrorCode::InvalidValue, "APIFORGE_API_KEY: a key has one line");
  }
  return ServerClient(*std::move(url), std::move(api_key), clock);
}

Result<net::FetchReply> ServerClient::ask(net::Method method, const std::string& target,
                                          const Secret& body) const {
  std::shared_ptr<net::TlsClientContext> tls;
  auto server = dial_target(url_, tls);
  if (!server) return std::unexpected(std::move(server.error()));
  net::FetchRequest request;
  request.server = *std::move(server);
  request.authority = model::host_field(url_);
  request.target = url_.path_prefix + target;
  request.method = method;
  if (!api_key_.empty()) {
    request.lines.append("X-API-Key: ").append(api_key_.reveal()).append("\r\n");
  }
  if (!body.empty()) request.lines += "Content-Type: application/json\r\n";
  request.body = body.reveal();
  request.max_body_bytes = kMaxReply;
  request.timeout = kClientTimeout;
  net::EventLoop loop(clock_, system_seed());
  // Whoever types the address of a server means it, wherever it is.
  net::Dialer dialer(loop, [](const std::string&) { return true; });
  std::optional<Result<net::FetchReply>> reply;
  net::spawn(fetch_and_stop(loop, dialer, std::move(request), reply));
  if (!reply) loop.run();
  return *std::move(reply);
}

}  // namespace apiforge::app
