// EventGate: lets one event of a kind pass in a second, however many threads ask. Any thread; owned
// by what the events are about.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace apiforge::gateway {

class EventGate {
 public:
  static constexpr std::chrono::seconds kInterval{1};

  /// How many have asked since one passed last, this one included, when it may pass now.
  std::optional<std::uint64_t> pass(MonotonicTime now) {
    const std::uint64_t asked = asked_.fetch_add(1, std::memory_order_relaxed) + 1;
    std::int64_t next = next_ns_.load(std::memory_order_relaxed);
    const std::int64_t now_ns = now.time_since_epoch().count();
    if (now_ns < next) return std::nullopt;
    const std::int64_t after =
        now_ns + std::chrono::duration_cast<std::chrono::nanoseconds>(kInterval).count();
    if (!next_ns_.compare_exchange_strong(next, after, std::memory_order_relaxed)) {
      return std::nullopt;
    }
    asked_.fetch_sub(asked, std::memory_order_relaxed);
    return asked;
  }

 private:
  std::atomic<std::int64_t> next_ns_{INT64_MIN};
  std::atomic<std::uint64_t> asked_{0};
};

}  // namespace apiforge::gateway
