// WebhookSender: the port through which deliveries leave the node. The application implements it
// over HTTP, with the rule on addresses that upstreams are subject to.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace apiforge::quota {

class WebhookSender {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  using Done = std::function<void(Result<int>)>;

  virtual ~WebhookSender() = default;
  /// POSTs once, with a timeout, without following redirects, and calls `done` once: with the
  /// status of the reply, or why there is none. Returns at once; `done` may be called on any
  /// thread, also before this returns. The URL may hold a secret and is not for logs.
  virtual void send(std::string url, Headers headers, std::string body, Done done) = 0;
};

}  // namespace apiforge::quota
