// How far a provider's clock is from ours, estimated from exchanges of time as NTP does
// (RFC 5905 8 and 10). Providers refuse signed requests whose timestamp is off by a second or less.
// A value with no lock and no I/O; whoever shares it between threads guards it.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "base/clock.hpp"

namespace apiforge::policy {

class ClockOffset {
 public:
  static constexpr std::chrono::minutes kSyncInterval{5};
  /// A slower exchange says too little to be used.
  static constexpr std::chrono::seconds kMaxRoundTrip{10};

  /// Takes in one exchange: our wall clock when the question left and when the answer came, the
  /// provider's time in the answer, and the monotonic time of the answer. False when the exchange
  /// was too slow, or our clock was set back during it; then nothing is learnt.
  ///
  /// The offset of an exchange is wrong by at most half its round trip, and by what the clocks
  /// drifted since. The one of the last 8 with the smallest such error is believed, so one slow
  /// exchange with an uneven way there and back does no harm. A sample that contradicts it beyond
  /// both errors shows that a clock was set: then the older ones are forgotten.
  bool sample(WallTime sent, WallTime received, WallTime server, MonotonicTime now);

  /// To be added to our wall time to get the provider's; 0 before the first sample.
  std::chrono::nanoseconds offset() const;
  /// By how much `offset` may be wrong at `now`; nullopt before the first sample.
  std::optional<std::chrono::nanoseconds> error(MonotonicTime now) const;

  /// Whether it is time to ask: never asked, 5 minutes passed, or `expire` was called.
  bool due(MonotonicTime now) const;
  /// The provider refused a timestamp: ask before the next signed request.
  void expire() { expired_ = true; }

 private:
  static constexpr std::size_t kSamples = 8;
  struct Sample {
    std::chrono::nanoseconds offset{0};
    std::chrono::nanoseconds round_trip{0};
    MonotonicTime taken{};
  };

  static std::chrono::nanoseconds error_of(const Sample& sample, MonotonicTime now);
  void choose_best(MonotonicTime now);

  std::array<Sample, kSamples> samples_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  Sample best_;
  MonotonicTime last_{};
  bool expired_ = false;
};

}  // namespace apiforge::policy
