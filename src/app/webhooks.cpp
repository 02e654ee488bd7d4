#include "app/webhooks.hpp"

#include "app/address_rule.hpp"
#include "app/dial_target.hpp"
#include "net/fetch.hpp"

namespace apiforge::app {
namespace {

constexpr std::chrono::seconds kWebhookTimeout{10};

}  // namespace

Webhooks::Webhooks(net::EventLoop& control, const NetworkSettings& network)
    : control_(control),
      dialer_(control, [&network](const std::string& ip) { return may_connect(network, ip); }) {}

void Webhooks::send(std::string url, Headers headers, std::string body, Done done) {
  control_.post([this, url = std::move(url), headers = std::move(headers), body = std::move(body),
                 done = std::move(done)]() mutable {
    net::spawn(post(std::move(url), std::move(headers), std::move(body), std::move(done)));
  });
}

net::Task<void> Webhooks::post(std::string url, Headers headers, std::string body, Done done) {
  auto status = co_await status_of(std::move(url), std::move(headers), std::move(body));
  done(std::move(status));
}

net::Task<Result<int>> Webhooks::status_of(std::string url, Headers headers, std::string body) {
  const auto parsed = model::parse_resource_url(url);
  if (!parsed) co_return std::unexpected(parsed.error());
  auto target = dial_target(parsed->server, tls_);
  if (!target) co_return std::unexpected(std::move(target.error()));
  net::FetchRequest request;
  request.server = *std::move(target);
  request.authority = model::host_field(parsed->server);
  request.target = parsed->target;
  request.method = net::Method::Post;
  for (const auto& [name, value] : headers) {
    request.lines.append(name).append(": ").append(value).append("\r\n");
  }
  request.body = std::move(body);
  request.head_only = true;
  request.timeout = kWebhookTimeout;
  auto reply = co_await net::fetch(control_, dialer_, std::move(request));
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  co_return reply->status;
}

}  // namespace apiforge::app
