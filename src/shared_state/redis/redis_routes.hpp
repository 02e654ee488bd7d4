// RedisRoutes: runs scripts on the server that has their key. One server is known at first; on
// Redis Cluster the others are learnt from its redirections (MOVED, ASK), a slot at a time. One
// event loop and its thread.
// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared_state/redis/redis_link.hpp"
#include "shared_state/redis/redis_scripts.hpp"

namespace apiforge::shared_state {

/// The slot of a key: of its hash tag, the text between the first `{` and the next `}`, when that
/// is not empty.
std::uint16_t redis_slot(std::string_view key);

/// `MOVED 3999 10.0.0.7:6379`, or the same with ASK.
struct RedisRedirection {
  bool is_lasting = false;  ///< MOVED
  std::uint16_t slot = 0;
  net::HostPort to;  ///< an empty host is the one that said so
};
std::optional<RedisRedirection> redirection_of(const RedisReply& reply);

class RedisRoutes {
 public:
  static constexpr std::uint16_t kSlots = 16'384;
  /// Servers of one cluster; redirections to more are errors.
  static constexpr std::size_t kMaxServers = 64;

  RedisRoutes(net::EventLoop& loop, net::Dialer& dialer, RedisLinkConfig first);
  /// As RedisLink::close, of all of them.
  void close();

  /// Runs the script for its one key. `done` runs once: the reply, which is no error reply, or
  /// StorageUnavailable when it does not come by `deadline`, redirections and all.
  void run(const RedisScript& script, std::string key, std::vector<std::string> arguments,
           MonotonicTime deadline, RedisLink::OnReply done);
  /// A command without a key, on the first server that answers.
  void send(std::string bytes, MonotonicTime deadline, RedisLink::OnReply done);

  /// Whether a server is there that has answered last.
  bool available() const;
  /// Of all servers together.
  RedisLinkReading reading() const;

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;
  using Server = std::uint8_t;  // index into links_

  void attempt(const JobPtr& job, Server server, bool with_text, bool asking);
  void take(const JobPtr& job, Server server, Result<RedisReply> reply);
  void follow(const JobPtr& job, Server from, const RedisRedirection& redirection);
  Server server_of(std::uint16_t slot) const;
  std::optional<Server> server_at(const net::HostPort& address);
  void forget(Server server);

  net::EventLoop& loop_;
  net::Dialer& dialer_;
  RedisLinkConfig first_;
  std::vector<std::unique_ptr<RedisLink>> links_;  ///< the first one is the configured one
  std::vector<Server> slots_;                      ///< empty until the first redirection
};

}  // namespace apiforge::shared_state
