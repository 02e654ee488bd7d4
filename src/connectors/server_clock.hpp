// ServerClock: what a connector knows of its provider's clock, so that a timestamp is right
// although this machine's calendar is not. Learns from time queries, corrects local times, says
// when to ask. One instance belongs to one connector and is shared by all workers: const functions,
// atomics inside, nothing blocks. It asks no clock; all times are passed in.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace apiforge::connectors {

struct ServerClockSettings {
  /// A reading older than this is refreshed.
  std::chrono::nanoseconds refresh_after = std::chrono::minutes(5);
  /// A reading older than this no longer wins by its small round trip.
  std::chrono::nanoseconds expire_after = std::chrono::minutes(15);
  /// One caller gets the query within this time; doubled for each query that went unanswered.
  std::chrono::nanoseconds query_interval = std::chrono::seconds(1);
  std::chrono::nanoseconds max_query_interval = std::chrono::minutes(1);
  /// A sample that took longer says too little.
  std::chrono::nanoseconds max_round_trip = std::chrono::seconds(3);
};

class ServerClock {
 public:
  explicit ServerClock(ServerClockSettings settings = {}) : settings_(settings) {}

  /// The provider's time at local time `local`, erring on the past: but for the drift since the
  /// reading never ahead of the provider, and behind by at most the round trip of the reading.
  /// `local` itself before the first reading.
  /// Providers tolerate a timestamp from the past far better than one from the future (Binance and
  /// Bybit: recvWindow against 1000 ms).
  WallTime correct(WallTime local) const;

  /// Whether the caller should ask the provider now: there is no reading, it is old, or it was
  /// marked stale. True for one caller only until that one has learned or the interval is over.
  bool claim_query(MonotonicTime now) const;

  /// Takes the answer to a query: the provider said `server` between `sent` and `received` (this
  /// machine's calendar). Of recent samples the one with the smallest round trip wins. Dropped when
  /// another thread is learning at this moment.
  void learn(WallTime server, WallTime sent, WallTime received, MonotonicTime now) const;

  /// The provider refused a timestamp: the next sample replaces the reading whatever its round
  /// trip.
  void mark_stale() const { is_stale_.store(true, std::memory_order_relaxed); }

  /// Provider minus local, the lower bound of the reading; zero before the first.
  std::chrono::nanoseconds offset() const {
    return std::chrono::nanoseconds(offset_.load(std::memory_order_relaxed));
  }
  std::chrono::nanoseconds round_trip() const {
    return std::chrono::nanoseconds(round_trip_.load(std::memory_order_relaxed));
  }
  bool is_synced() const { return answered_at_.load(std::memory_order_relaxed) != kNever; }

 private:
  static constexpr std::int64_t kNever = INT64_MIN;

  bool replaces_reading(std::int64_t offset, std::int64_t round_trip, std::int64_t now) const;

  const ServerClockSettings settings_;
  // All in nanoseconds. Only `learn` writes the reading, one thread at a time (`is_learning_`).
  mutable std::atomic<std::int64_t> offset_{0};
  mutable std::atomic<std::int64_t> round_trip_{0};
  mutable std::atomic<std::int64_t> read_at_{kNever};      // when the reading in force was taken
  mutable std::atomic<std::int64_t> answered_at_{kNever};  // when the provider last answered
  mutable std::atomic<std::int64_t> next_query_{kNever};
  mutable std::atomic<std::uint32_t> unanswered_{0};
  mutable std::atomic<bool> is_stale_{false};
  mutable std::atomic_flag is_learning_;
};

}  // namespace apiforge::connectors
