#include "sim/exchange/weight_limiter.hpp"

#include <gtest/gtest.h>

namespace apiforge::sim::exchange {
namespace {

using Answer = WeightLimiter::Answer;

constexpr std::int64_t kMinuteStart = 1'700'000'040'000;

TEST(WeightLimiter, CountsUpToItsLimit) {
  WeightLimiter limiter(100);
  EXPECT_EQ(limiter.take(kMinuteStart, 60).used, 60);
  EXPECT_EQ(limiter.take(kMinuteStart, 40).answer, Answer::Allowed);
  EXPECT_EQ(limiter.take(kMinuteStart, 1).answer, Answer::Limited);
}

TEST(WeightLimiter, BeginsAnewAtTheFullMinute) {
  WeightLimiter limiter(100);
  limiter.take(kMinuteStart + 59'000, 100);
  const auto refused = limiter.take(kMinuteStart + 59'999, 1);
  EXPECT_EQ(refused.answer, Answer::Limited);
  EXPECT_EQ(refused.retry_at, kMinuteStart + 60'000);
  EXPECT_EQ(limiter.take(refused.retry_at, 1).used, 1);
}

TEST(WeightLimiter, BansThoseWhoDoNotStop) {
  WeightLimiter limiter(1);
  limiter.take(kMinuteStart, 1);
  for (int i = 0; i < WeightLimiter::kPatience; ++i) {
    EXPECT_EQ(limiter.take(kMinuteStart, 1).answer, Answer::Limited);
  }
  const auto banned = limiter.take(kMinuteStart + 5, 1);
  EXPECT_EQ(banned.answer, Answer::Banned);
  EXPECT_EQ(banned.retry_at, kMinuteStart + 5 + WeightLimiter::kBan);
  EXPECT_EQ(limiter.take(kMinuteStart + 61'000, 1).answer, Answer::Banned) << "in the next window";
  EXPECT_EQ(limiter.take(banned.retry_at, 1).answer, Answer::Allowed);
}

TEST(OrderCounter, IsAlignedToItsWindow) {
  OrderCounter counter(2, 10'000);
  counter.add(kMinuteStart + 9'000);
  counter.add(kMinuteStart + 9'999);
  EXPECT_TRUE(counter.full(kMinuteStart + 9'999));
  EXPECT_FALSE(counter.full(kMinuteStart + 10'000));
  EXPECT_EQ(counter.count(kMinuteStart + 10'000), 0);
}

}  // namespace
}  // namespace apiforge::sim::exchange
