// When somebody is told of an alert: whether a value meets the rule's condition, whether it has for
// long enough, and when to say it again. And windows over values that were seen before, for rates
// and rises. Pure, no clock; whoever owns an object serialises the calls.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.hpp"
#include "model/alert.hpp"

namespace apiforge::policy {

/// Whether the value meets the condition; of RiseAbove the value is the rise. NaN never does.
bool meets(model::AlertCondition condition, double threshold, double value);

/// What there is to tell now.
enum class AlertChange : std::uint8_t { None, Fires, Repeats, Resolves };

enum class AlertPhase : std::uint8_t {
  Quiet,    ///< the condition is not met
  Pending,  ///< it is, but not for long enough
  Firing
};

/// One rule's state for one group of what it looks at.
///
/// What is told follows (Fires Repeats* Resolves)*. While silenced nothing is told but the end of
/// what was told before. What still fires when a silence ends is told then.
class AlertState {
 public:
  struct Timing {
    std::chrono::nanoseconds hold{0};    ///< so long the condition must be met without a break
    std::chrono::nanoseconds repeat{0};  ///< told again so long after the last time; 0: never
  };

  /// `now` never goes back. `met` is whether the condition holds now.
  AlertChange update(MonotonicTime now, bool met, bool silenced, const Timing& timing);

  AlertPhase phase() const { return phase_; }

 private:
  AlertPhase phase_ = AlertPhase::Quiet;
  MonotonicTime met_since_{};
  std::optional<MonotonicTime> told_at_{};
};

/// The values of the last while, thinned out to a bounded number, to compare now with then.
class SampleWindow {
 public:
  /// Samples that are kept: a window is measured to a 60th of its length.
  static constexpr std::size_t kResolution = 60;

  /// `length` is positive.
  explicit SampleWindow(std::chrono::nanoseconds length) : length_(length) {}

  /// `now` never goes back.
  void add(MonotonicTime now, double value);
  /// Forgets all: what is counted has begun anew.
  void clear() { samples_.clear(); }
  /// The newest value minus the one a window's length earlier; nullopt until so much is known.
  std::optional<double> rise() const;
  /// The same, for each second between the two.
  std::optional<double> rise_per_second() const;
  std::size_t size() const { return samples_.size(); }

 private:
  struct Sample {
    MonotonicTime at{};
    double value = 0;
  };
  bool is_full() const;

  std::chrono::nanoseconds length_;
  std::deque<Sample> samples_;  ///< the oldest first; the last one is the newest seen
};

}  // namespace apiforge::policy
