// RateRule: whether one more call fits under a limit, as a pure function of the 64 bits that are
// kept of its counter. 0 is a counter that nothing was taken from; the caller stores `next` with a
// compare-and-swap, so any number of threads may share one. All rounding is towards less: what is
// admitted is never above the limit. See docs/limits.md for what each algorithm guarantees.
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "model/quota.hpp"

namespace apiforge::policy {

struct RateVerdict {
  bool allowed = false;
  bool never = false;          ///< `cost` and `kept` are above the whole limit: it can never pass
  std::uint64_t next = 0;      ///< the counter afterwards; as before when not allowed
  std::int64_t remaining = 0;  ///< units that could be taken now, after this, beside `kept`
  std::chrono::nanoseconds retry_after{0};  ///< 0 when allowed, or never
  std::chrono::nanoseconds reset_after{0};  ///< until all units are there again
};

/// A counter keeps its meaning when `amount` or `burst` change; not when the algorithm does, nor,
/// of windows, when `per` does. What stays is, of gcra, the time until all is there again; of
/// windows the units of this one, and the share of the limit that was taken in the one before.
class RateRule {
 public:
  /// Of a limit with `per` and a unit other than `concurrent`.
  explicit RateRule(const model::Quota& quota);
  /// `amount` 1..10^15, `per` 1 ms..30 days, `burst` 0 (`amount`)..10^15, of gcra only.
  RateRule(model::LimitAlgorithm algorithm, std::int64_t amount, std::chrono::nanoseconds per,
           std::int64_t burst);

  /// `cost` in units, 0 or more (0 asks). `kept` units have to stay, for more urgent calls.
  RateVerdict decide(std::uint64_t counter, MonotonicTime now, std::int64_t cost,
                     std::int64_t kept = 0) const;
  /// The counter after `cost` units were given back that were taken a moment ago. What the counter
  /// has got back by itself since then is not given a second time beyond its limit.
  std::uint64_t give_back(std::uint64_t counter, MonotonicTime now, std::int64_t cost) const;
  /// The counter after `cost` units were used without having asked; it ends at empty.
  std::uint64_t charge(std::uint64_t counter, MonotonicTime now, std::int64_t cost) const;
  /// From when on the counter is as good as 0, and may be forgotten.
  MonotonicTime idle_from(std::uint64_t counter) const;

  std::int64_t limit() const { return limit_; }  ///< what a full counter has: burst or amount
  std::int64_t amount() const { return amount_; }
  std::chrono::nanoseconds per() const { return per_; }

 private:
  /// What a counter of a window says of the window that `now` is in.
  struct Window {
    std::uint64_t index = 0;
    std::int64_t elapsed = 0;   ///< nanoseconds since it began
    std::int64_t previous = 0;  ///< units taken in the window before; 0 of fixed windows
    std::int64_t current = 0;
  };

  RateVerdict decide_gcra(std::uint64_t counter, MonotonicTime now, std::int64_t cost,
                          std::int64_t kept) const;
  RateVerdict decide_window(std::uint64_t counter, MonotonicTime now, std::int64_t cost,
                            std::int64_t kept) const;
  bool has_windows() const { return algorithm_ != model::LimitAlgorithm::Gcra; }
  void lay_out_ticks(std::int64_t burst);
  void lay_out_windows();
  std::uint64_t ticks_of(std::int64_t units) const;
  Window window_at(std::uint64_t counter, MonotonicTime now) const;
  std::uint64_t packed(const Window& window) const;
  std::int64_t weighted(std::int64_t previous, std::int64_t elapsed) const;
  std::int64_t elapsed_until(std::int64_t previous, std::int64_t room) const;
  std::chrono::nanoseconds retry_after(const Window& window, std::int64_t needed) const;

  model::LimitAlgorithm algorithm_;
  std::int64_t amount_;
  std::int64_t limit_;
  std::chrono::nanoseconds per_;
  std::int64_t quantum_ = 1;    ///< units that are counted together; 1 but of enormous limits
  std::uint64_t interval_ = 0;  ///< gcra: ticks in which a quantum comes back
  std::uint64_t capacity_ = 0;  ///< gcra: ticks in which an empty counter is full again
  int current_bits_ = 0;        ///< windows: of the counter, lowest; above them those of `previous`
  int previous_bits_ = 0;
};

}  // namespace apiforge::policy
