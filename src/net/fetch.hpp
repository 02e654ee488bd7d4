// Fetch: one GET over a connection of its own, the whole body in memory: key sets of issuers,
// health checks. Redirects are not followed. On one event loop; the loop and the dialer must
// outlive it.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "net/dialer.hpp"

namespace apiforge::net {

struct FetchRequest {
  std::shared_ptr<DialTarget> server;
  std::string authority;  ///< the Host field
  std::string target;     ///< path and query
  std::size_t max_body_bytes = 1 << 20;
  std::chrono::milliseconds timeout{5'000};  ///< for all of it
};

struct FetchReply {
  int status = 0;
  std::string body;
};

/// Errors: those of Dialer::dial, UpstreamBroke, UpstreamProtocolError (also for a body larger than
/// allowed), UpstreamTimeout.
Task<Result<FetchReply>> fetch(EventLoop& loop, Dialer& dialer, FetchRequest request);

}  // namespace apiforge::net
