// WeightLimiter and OrderCounter: Binance's limits, with windows that are fixed and aligned to the
// clock. Pure decisions: time comes in. Owned by the Exchange; its thread only.
#pragma once
#include <cstdint>

namespace apiforge::sim::exchange {

/// REQUEST_WEIGHT per minute and address: 429 beyond the limit, 418 for those who do not stop.
class WeightLimiter {
 public:
  static constexpr std::int64_t kWindow = 60'000;
  /// So many refusals in a row are forgiven; the next one is a ban.
  static constexpr int kPatience = 10;
  static constexpr std::int64_t kBan = 120'000;

  enum class Answer { Allowed, Limited, Banned };
  struct Verdict {
    Answer answer = Answer::Allowed;
    std::int64_t used = 0;
    std::int64_t retry_at = 0;  ///< Unix milliseconds; only when refused
  };

  explicit WeightLimiter(std::int64_t limit) : limit_(limit) {}

  /// A request of `weight` at `now` (Unix milliseconds).
  Verdict take(std::int64_t now, std::int64_t weight);
  std::int64_t limit() const { return limit_; }

 private:
  std::int64_t limit_;
  std::int64_t window_start_ = 0;
  std::int64_t used_ = 0;
  int refusals_ = 0;
  std::int64_t banned_until_ = 0;
};

/// ORDERS per account in one kind of window.
class OrderCounter {
 public:
  OrderCounter(std::int64_t limit, std::int64_t window) : limit_(limit), window_(window) {}

  /// How many there were in the window of `now`.
  std::int64_t count(std::int64_t now);
  bool full(std::int64_t now) { return count(now) >= limit_; }
  void add(std::int64_t now);
  std::int64_t limit() const { return limit_; }

 private:
  std::int64_t limit_;
  std::int64_t window_;
  std::int64_t window_start_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace apiforge::sim::exchange
