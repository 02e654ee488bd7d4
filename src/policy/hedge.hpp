// How many reads may be hedged: sent a second time, elsewhere, because the first attempt takes
// long. Pure; one instance belongs to one Api on one worker and is used by that worker only.
#pragma once
#include <algorithm>
#include <cstdint>

namespace apiforge::policy {

/// Lets a share of the calls through, counted over all of them: never more, however the slow ones
/// are spread. What is not used is kept for `kMaxSaved` hedges, so that a slow phase after a quiet
/// one is helped at once.
class HedgeBudget {
 public:
  static constexpr std::uint32_t kMaxSaved = 10;

  HedgeBudget() = default;  ///< lets none through
  /// `percent` of the calls, 0..100.
  explicit HedgeBudget(std::uint32_t percent) : percent_(percent) {}

  /// Once for each call that could be hedged.
  void on_call() { saved_ = std::min(saved_ + percent_, kMaxSaved * 100); }
  bool try_spend() {
    if (saved_ < 100) return false;
    saved_ -= 100;
    return true;
  }

 private:
  std::uint32_t percent_ = 0;
  std::uint32_t saved_ = 0;  // hundredths of a hedge
};

}  // namespace apiforge::policy
