// OutcomeWindow: how the last calls went, or those of the last seconds. Any thread may record, none
// waits for another; each learns the tally with its own call in it. Owned by a Breaker.
//
// Calls are counted for a generation: the window is empty at the first call of a newer one, and a
// late call of an older one changes nothing.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "model/quota.hpp"

namespace apiforge::policy {

struct Tally {
  std::uint32_t calls = 0;
  std::uint32_t failures = 0;
  std::uint32_t slow = 0;
};

class OutcomeWindow {
 public:
  struct Outcome {
    bool failed = false;
    bool slow = false;
  };
  static constexpr std::size_t kBuckets = 20;  ///< of a window of time
  /// A bucket that is full counts on with half of each number: rates stay right, and a window of
  /// time shows fewer calls than there were, but not fewer than this.
  static constexpr std::uint32_t kSurelyCounted = kBuckets * 8'000;

  explicit OutcomeWindow(const model::BreakerWindow& window);

  /// `generation` is of 24 bits, and may wrap.
  Tally record(std::uint32_t generation, Outcome outcome, MonotonicTime now);
  Tally read(std::uint32_t generation, MonotonicTime now) const;

 private:
  Tally record_in_ring(std::uint32_t generation, Outcome outcome);
  Tally record_in_bucket(std::uint32_t generation, Outcome outcome, MonotonicTime now);
  Tally sum_of_buckets(std::uint32_t generation, std::uint64_t epoch) const;
  std::uint64_t epoch_of(MonotonicTime now) const;

  // Of the last calls: each has a slot with its generation and outcome, and what a call replaces is
  // taken from the totals. A thread may be between its slot and the totals while the next one takes
  // its call away again: totals are above a bias, so that they may be below zero for a moment.
  std::vector<std::atomic<std::uint32_t>> ring_;
  std::atomic<std::uint64_t> cursor_{0};
  std::atomic<std::uint64_t> totals_{0};
  // Of the last seconds: each bucket has a tag of its time and generation, and three counts.
  std::uint64_t bucket_length_ = 0;  ///< nanoseconds; 0: of the last calls
  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
};

}  // namespace apiforge::policy
