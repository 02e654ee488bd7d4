// Fetch: one request over a connection of its own, both bodies in memory: key sets of issuers,
// health checks, the command line. Redirects are not followed. On one event loop; the loop and the
// dialer must outlive it.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "net/dialer.hpp"
#include "net/head.hpp"

namespace apiforge::net {

struct FetchRequest {
  std::shared_ptr<DialTarget> server;
  std::string authority;  ///< the Host field
  std::string target;     ///< path and query
  Method method = Method::Get;
  std::string lines{};  ///< further fields, ready to send: `Name: value\r\n`
  std::string body{};   ///< sent when it is not empty
  std::size_t max_body_bytes = 1 << 20;
  bool head_only = false;                    ///< the reply's body is not waited for
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
