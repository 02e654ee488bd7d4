#include "sim/exchange/weight_limiter.hpp"

namespace apiforge::sim::exchange {

WeightLimiter::Verdict WeightLimiter::take(std::int64_t now, std::int64_t weight) {
  const std::int64_t start = now - now % kWindow;
  if (start != window_start_) {
    window_start_ = start;
    used_ = 0;
    refusals_ = 0;
  }
  if (now < banned_until_) return {Answer::Banned, used_, banned_until_};
  used_ += weight;
  if (used_ <= limit_) return {Answer::Allowed, used_, 0};
  if (++refusals_ <= kPatience) return {Answer::Limited, used_, start + kWindow};
  banned_until_ = now + kBan;
  return {Answer::Banned, used_, banned_until_};
}

std::int64_t OrderCounter::count(std::int64_t now) {
  const std::int64_t start = now - now % window_;
  if (start != window_start_) {
    window_start_ = start;
    count_ = 0;
  }
  return count_;
}

void OrderCounter::add(std::int64_t now) {
  count(now);
  ++count_;
}

}  // namespace apiforge::sim::exchange
