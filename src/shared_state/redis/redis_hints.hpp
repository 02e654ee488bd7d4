// RedisHints: ChangeHints over PUBLISH and SUBSCRIBE. It listens on a connection of its own, which
// subscribes again whenever it is made again; hints between are lost. The control loop's thread.
#pragma once
#include <string>

#include "net/event_loop.hpp"
#include "shared_state/redis/redis_link.hpp"
#include "shared_state/redis/redis_options.hpp"
#include "shared_state/redis/redis_routes.hpp"
#include "shared_state/shared_counters.hpp"

namespace apiforge::shared_state {

class RedisHints final : public ChangeHints {
 public:
  /// `config`: of the server to listen at; its `channel` is filled in here.
  RedisHints(net::EventLoop& loop, net::Dialer& dialer, RedisRoutes& routes, RedisLinkConfig config,
             const RedisOptions& options);

  void announce(std::uint64_t revision) override;
  /// The node's own hints come back as well.
  void listen(OnHint on_hint) override;

  /// Makes sure that the connection is there. Once a second or so.
  void beat();
  void close() { listener_.close(); }

 private:
  void hear(std::string_view payload);

  net::EventLoop& loop_;
  RedisRoutes& routes_;
  const std::string channel_;
  const std::chrono::nanoseconds command_timeout_;
  OnHint on_hint_;
  RedisLink listener_;
};

}  // namespace apiforge::shared_state
