// Redis: the shared state of several nodes, ready to use: counters, hints, health. Made by the
// application; everything runs on the thread of the loop that it was opened on. It must be
// destroyed there, or after the loop has ended.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "shared_state/redis/redis_options.hpp"
#include "shared_state/shared_counters.hpp"

namespace apiforge::net {
class EventLoop;
}

namespace apiforge::shared_state {

/// For /health and /metrics. Counts are since the start.
struct RedisHealth {
  bool reachable = false;
  std::chrono::nanoseconds last_latency{0};  ///< of the last command that was answered
  std::string last_error;                    ///< empty when there was none; no secret
  std::uint64_t commands = 0;                ///< all of them, also those that were refused
  std::uint64_t timeouts = 0;
  std::uint64_t errors = 0;   ///< error replies, and commands lost with their connection
  std::uint64_t refused = 0;  ///< at once, since Redis was known to be away
};

class Redis {
 public:
  /// Reads the TLS roots when TLS is asked for; connects with `start`. InvalidConfiguration.
  static Result<std::unique_ptr<Redis>> open(net::EventLoop& loop, RedisOptions options);
  /// Leases that wait end with StorageUnavailable.
  ~Redis();
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  /// Connects, and gives a sign of life each second from now on. Redis need not be there yet.
  void start();

  SharedCounters& counters();
  ChangeHints& hints();
  RedisHealth health() const;

 private:
  struct State;
  explicit Redis(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::shared_state
