// Webhooks: POSTs to the addresses that alert rules name, over connections of their own. The rule
// on addresses holds for them as for upstreams. `send` from any thread; the rest on the control
// thread, which must outlive it. Owned by the AlertStation.
#pragma once
#include <memory>

#include "app/settings.hpp"
#include "net/dialer.hpp"
#include "net/event_loop.hpp"
#include "quota/webhook_sender.hpp"

namespace apiforge::app {

class Webhooks final : public quota::WebhookSender {
 public:
  Webhooks(net::EventLoop& control, const NetworkSettings& network);

  void send(std::string url, Headers headers, std::string body, Done done) override;

 private:
  net::Task<void> post(std::string url, Headers headers, std::string body, Done done);
  net::Task<Result<int>> status_of(std::string url, Headers headers, std::string body);

  net::EventLoop& control_;
  net::Dialer dialer_;
  std::shared_ptr<net::TlsClientContext> tls_;  ///< made when it is needed first
};

}  // namespace apiforge::app
