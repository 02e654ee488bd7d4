// ServerClient: a running server as the command line asks it: one request at a time, waited for.
// Main thread, before or after there are others.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "model/url.hpp"
#include "net/fetch.hpp"
#include "net/head.hpp"

namespace apiforge::app {

class ServerClient {
 public:
  /// `server` is `http://host:port` or `https://...`. InvalidValue when it is neither.
  static Result<ServerClient> make(const std::string& server, Secret api_key, const Clock& clock);

  /// The reply, whatever its status. A body is sent as JSON. Errors are those of net::fetch.
  Result<net::FetchReply> ask(net::Method method, const std::string& target,
                              const Secret& body) const;

 private:
  ServerClient(model::UpstreamUrl url, Secret api_key, const Clock& clock)
      : url_(std::move(url)), api_key_(std::move(api_key)), clock_(clock) {}

  model::UpstreamUrl url_;
  Secret api_key_;
  const Clock& clock_;
};

}  // namespace apiforge::app
