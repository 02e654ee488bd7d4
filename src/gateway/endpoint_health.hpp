// EndpointHealth: what the checks of an endpoint have found. The HealthChecker writes it on the
// control thread, every worker reads it. Owned by the CompiledEndpoints of all Snapshots that have
// the endpoint with the same check, so that it outlives changes of the rest.
#pragma once
#include <atomic>
#include <cstdint>
#include <limits>

#include "base/clock.hpp"

namespace apiforge::gateway {

struct EndpointHealth {
  explicit EndpointHealth(bool is_up = true) : up(is_up) {}

  std::atomic<bool> up;
  /// MonotonicTime of the last change of `up`; the smallest value before the first.
  std::atomic<std::int64_t> changed_at_ns{std::numeric_limits<std::int64_t>::min()};

  /// On the control thread.
  void change(bool is_up, MonotonicTime now) {
    changed_at_ns.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    // A worker that sees the endpoint up sees since when.
    up.store(is_up, std::memory_order_release);
  }
  bool is_up() const { return up.load(std::memory_order_acquire); }
  MonotonicTime changed_at() const {
    return MonotonicTime(std::chrono::nanoseconds(changed_at_ns.load(std::memory_order_relaxed)));
  }
};

}  // namespace apiforge::gateway
