// Http1Server: HTTP/1.1 towards callers (RFC 9112): keep-alive, pipelining (served one after
// another), chunked both ways, trailers, 100-continue, upgrades. One per event loop; sessions are
// its own.
#pragma once
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "net/exchange.hpp"
#include "net/http1_parser.hpp"

namespace apiforge::net {

/// What answers requests. The exchange lives until the task ends.
class RequestHandler {
 public:
  virtual Task<void> handle(ServerExchange& exchange) = 0;
  /// The reply to a request that could not be parsed: a whole HTTP/1.1 message, which ends the
  /// connection.
  virtual std::string refusal(const Error& error) = 0;

 protected:
  ~RequestHandler() = default;
};

struct Http1ServerOptions {
  Http1Limits limits;
  std::chrono::milliseconds head_timeout{10'000};  ///< from the head's first byte to its last
  std::chrono::milliseconds idle_timeout{75'000};  ///< between requests
  std::chrono::milliseconds body_timeout{30'000};  ///< no byte of a body, either way
  std::uint32_t max_pipelined_requests = 16;  ///< then the connection ends after the next reply
  std::size_t body_buffer_bytes = 64 * 1024;  ///< while a body streams
};

class Http1Session;

class Http1Server {
 public:
  Http1Server(EventLoop& loop, RequestHandler& handler, const Http1ServerOptions& options,
              std::function<void()> on_connection_ended);
  ~Http1Server();

  /// Serves a connection until it ends.
  void serve(ConnectionPtr connection, bool tls);

  /// From now on replies end their connections. Idle connections get `grace` to send a last
  /// request, because one may be on its way already.
  void drain(std::chrono::milliseconds grace);
  /// Cuts every connection.
  void close_all();
  bool draining() const { return draining_; }
  std::size_t sessions() const { return session_count_; }
  std::uint64_t requests() const { return requests_; }

 private:
  friend class Http1Session;
  Task<void> close_idle_after(std::chrono::milliseconds grace);

  EventLoop& loop_;
  RequestHandler& handler_;
  Http1ServerOptions options_;
  std::function<void()> on_connection_ended_;
  std::string scratch_;  // heads are written here and sent before anything else runs
  struct SessionList;
  std::unique_ptr<SessionList> sessions_;
  std::size_t session_count_ = 0;
  std::uint64_t requests_ = 0;
  bool draining_ = false;
};

}  // namespace apiforge::net
