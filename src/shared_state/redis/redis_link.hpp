// RedisLink: one connection to one Redis server. Commands are pipelined; each has its own deadline.
// It connects when there is something to send, and again when it broke, with growing pauses after
// failures. A server that does not answer is left alone for a while (policy::StoreGuard), so that
// its hang costs a few commands their patience and not all. One event loop and its thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "net/address.hpp"
#include "net/dialer.hpp"
#include "net/event_loop.hpp"
#include "net/tls_context.hpp"
#include "shared_state/redis/redis_protocol.hpp"

namespace apiforge::shared_state {

struct RedisLinkConfig {
  net::HostPort address;
  std::shared_ptr<net::TlsClientContext> tls;  ///< null: plain TCP
  std::string user;
  Secret password;
  int database = 0;
  std::string channel;  ///< subscribed to when not empty; then only PING may be sent
};

/// Since the start; for metrics and health.
struct RedisLinkReading {
  std::uint64_t commands = 0;  ///< that were sent or refused
  std::uint64_t timeouts = 0;
  std::uint64_t errors = 0;   ///< error replies, and commands that a broken connection took along
  std::uint64_t refused = 0;  ///< at once: the server is known to be away
  std::chrono::nanoseconds last_latency{0};
  std::string last_error;  ///< for the log and for health; no secret
};

/// StorageUnavailable; `why` is for the log.
std::unexpected<Error> away(std::string why);

class RedisLink {
 public:
  /// Commands under way; more are refused at once.
  static constexpr std::size_t kMaxPending = 1'024;

  using OnMessage = std::function<void(std::string_view payload)>;
  RedisLink(net::EventLoop& loop, net::Dialer& dialer, RedisLinkConfig config,
            OnMessage on_message = {});
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;
  /// For good. Commands under way end with StorageUnavailable, as do later ones.
  void close();

  /// Runs once: the reply (which may be an error reply), or StorageUnavailable. May run before
  /// `send` returns.
  using OnReply = std::move_only_function<void(Result<RedisReply>)>;
  /// `bytes`: one command, or several of which only the last one's reply counts; `replies` says how
  /// many there are.
  void send(std::string bytes, MonotonicTime deadline, OnReply done, std::uint32_t replies = 1);

  /// Whether the server has answered on this connection, and is not left alone.
  bool available() const;
  const RedisLinkReading& reading() const;
  const net::HostPort& address() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::shared_state
