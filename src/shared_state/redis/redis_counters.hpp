// RedisCounters: SharedCounters in Redis. One bucket or window is one key, which a script changes
// on Redis' own clock; what it grants is paid for. Losing data, a restart, a failover and an outage
// never admit units twice, as far as this node can know: see the README. The control loop's thread.
#pragma once
#include <cstdint>
#include <string>

#include "net/event_loop.hpp"
#include "shared_state/redis/known_buckets.hpp"
#include "shared_state/redis/node_count.hpp"
#include "shared_state/redis/redis_options.hpp"
#include "shared_state/redis/redis_routes.hpp"
#include "shared_state/shared_counters.hpp"

namespace apiforge::shared_state {

class RedisCounters final : public SharedCounters {
 public:
  static constexpr std::chrono::seconds kLeaseValidity{1};
  static constexpr std::chrono::seconds kBeatInterval{1};
  /// A node that has given no sign of life for so long does not count.
  static constexpr std::chrono::seconds kNodeLife{5};

  /// Redis comes back for one node after the other, and until then they use their shares: so long
  /// after it is back for this node it takes nothing.
  static constexpr std::chrono::milliseconds kStragglers{1'200};

  RedisCounters(net::EventLoop& loop, RedisRoutes& routes, const RedisOptions& options);

  void lease(const SharedRate& rate, std::int64_t units, bool exactly, OnLease done) override;
  bool reachable() const override { return routes_.available(); }
  std::uint32_t nodes() const override { return node_count_.known(); }

  /// Gives a sign of life and counts the nodes. Once each kBeatInterval.
  void beat();

 private:
  /// A question, and what was known when it was asked.
  struct Asked {
    MonotonicTime at{};
    std::uint64_t absences = 0;
  };

  struct Question {
    Asked asked;
    std::string key;
    KnownBuckets::Bucket bucket;        ///< as it was known then
    std::chrono::nanoseconds window{};  ///< 0: a bucket
    std::chrono::nanoseconds debt{};    ///< what it pays
  };

  Asked ask_now() { return {loop_.now(), absences_}; }
  Question question_of(const SharedRate& rate);
  void take_lease(const Question& question, Result<RedisReply> reply, OnLease done);
  void take_beat(const Asked& asked, Result<RedisReply> reply);
  void notice_absence();
  void went_away();
  void came_back(const Asked& asked, std::int64_t now);

  net::EventLoop& loop_;
  RedisRoutes& routes_;
  const std::string prefix_;
  const std::string node_;
  const std::chrono::nanoseconds command_timeout_;

  KnownBuckets buckets_;
  NodeCount node_count_;
  std::uint64_t absences_ = 0;   ///< of the store, counted
  bool is_away_ = false;         ///< since it answered last, local shares may have been used
  bool was_there_ = false;       ///< and has not gone since
  std::int64_t empty_at_ = 0;    ///< all buckets are empty at this time of Redis; 0: never
  MonotonicTime quiet_until_{};  ///< nothing is taken before
  std::int64_t last_beat_ = 0;   ///< time of Redis
};

}  // namespace apiforge::shared_state
