// Clock: the only way to ask for the time. Passed in, so that tests run on simulated time.
// Implementations are safe to call from any thread.
#pragma once
#include <chrono>
#include <cstdint>

namespace apiforge {

/// Monotonic time; durations and deadlines are computed with it.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
/// Calendar time (UTC); shown to people and providers, never used to measure a duration.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime now() const = 0;
  virtual WallTime wall() const = 0;
};

/// The machine's clocks (CLOCK_MONOTONIC and CLOCK_REALTIME).
class SystemClock final : public Clock {
 public:
  MonotonicTime now() const override;
  WallTime wall() const override;
};

/// A clock that stands still until it is moved. For tests; not thread-safe.
class SimulatedClock final : public Clock {
 public:
  MonotonicTime now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(std::chrono::nanoseconds by) {
    now_ += by;
    wall_ += by;
  }
  /// Moves the calendar alone, as NTP or an operator would.
  void set_wall(WallTime wall) { wall_ = wall; }

 private:
  MonotonicTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'700'000'000)};
};

/// Milliseconds since 1970-01-01T00:00:00Z.
inline std::int64_t unix_milliseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace apiforge
