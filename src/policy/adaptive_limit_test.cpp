#include "policy/adaptive_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using model::PriorityClass;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class AdaptiveLimitTest : public testing::Test {
 protected:
  void given(const model::AdaptiveConcurrency& config) { limit_.emplace(config); }
  /// Calls of an upstream that serves `workers` at once in `service` each, the rest waits there;
  /// as many are under way as the limit lets through, or `offered` if that is less.
  void run(nanoseconds length, std::uint32_t workers, nanoseconds service, std::uint32_t offered) {
    const MonotonicTime end = now_ + length;
    while (now_ < end) {
      const std::uint32_t in_flight = std::min(offered, limit_->limit());
      const double queued = std::max(1.0, double(in_flight) / workers);
      const auto latency = std::chrono::duration_cast<nanoseconds>(service * queued);
      for (std::uint32_t i = 0; i < in_flight; ++i) limit_->on_latency(latency, in_flight, now_);
      now_ += std::max<nanoseconds>(latency, milliseconds(1));
    }
  }

  MonotonicTime now_{hours(1)};
  std::optional<AdaptiveLimit> limit_;
};

TEST_F(AdaptiveLimitTest, grows_while_latency_stays_and_the_limit_is_used) {
  given({.initial = 20, .max = 200});
  run(seconds(60), 1'000, milliseconds(10), 1'000);
  EXPECT_EQ(limit_->limit(), 200u);
}

TEST_F(AdaptiveLimitTest, stays_where_it_is_not_used) {
  given({.initial = 20, .max = 200});
  run(seconds(60), 1'000, milliseconds(10), 5);
  EXPECT_EQ(limit_->limit(), 20u);
}

TEST_F(AdaptiveLimitTest, shrinks_when_the_upstream_becomes_slow) {
  given({.initial = 100, .min = 4, .max = 200});
  run(seconds(10), 1'000, milliseconds(10), 1'000);
  const std::uint32_t before = limit_->limit();
  run(seconds(1), 1'000, milliseconds(100), 1'000);
  EXPECT_LT(limit_->limit(), before / 2);
}

TEST_F(AdaptiveLimitTest, a_target_bounds_the_latency) {
  given({.initial = 100, .min = 4, .max = 1'000, .target = milliseconds(30)});
  run(seconds(60), 20, milliseconds(10), 1'000);
  // Three times as many as it serves at once wait three times as long.
  EXPECT_NEAR(limit_->limit(), 60, 25);
}

TEST_F(AdaptiveLimitTest, refusals_of_one_moment_cut_it_once) {
  given({.initial = 100});
  for (int i = 0; i < 50; ++i) limit_->on_overload(now_);
  EXPECT_EQ(limit_->limit(), 90u);
  now_ += seconds(1);
  limit_->on_overload(now_);
  EXPECT_EQ(limit_->limit(), 81u);
  for (int i = 0; i < 500; ++i) limit_->on_overload(now_ += seconds(1));
  EXPECT_EQ(limit_->limit(), 4u) << "and never below the least";
}

TEST_F(AdaptiveLimitTest, the_less_urgent_a_call_is_the_earlier_it_is_refused) {
  given({.initial = 100});
  const auto most = [&](PriorityClass priority) {
    std::uint32_t in_flight = 0;
    while (in_flight < 1'000 && limit_->admits(priority, in_flight)) ++in_flight;
    return in_flight;
  };
  EXPECT_EQ(most(PriorityClass::Batch), 45u);
  EXPECT_EQ(most(PriorityClass::Data), 70u);
  EXPECT_EQ(most(PriorityClass::Order), 100u);
  EXPECT_EQ(most(PriorityClass::Cancel), 200u);
  EXPECT_EQ(most(PriorityClass::Admin), 1'000u);
}

TEST_F(AdaptiveLimitTest, a_limit_of_one_admits_one_call_of_any_class) {
  given({.initial = 1, .min = 1, .max = 1});
  EXPECT_TRUE(limit_->admits(PriorityClass::Batch, 0));
  EXPECT_FALSE(limit_->admits(PriorityClass::Order, 1));
}

TEST_F(AdaptiveLimitTest, is_within_its_bounds_whatever_is_told) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    given({.initial = 50, .min = 5, .max = 80, .target = milliseconds(random.below(2) * 20)});
    for (int i = 0; i < 2'000; ++i) {
      now_ += milliseconds(random.below(50));
      if (random.below(10) == 0) limit_->on_overload(now_);
      limit_->on_latency(nanoseconds(random.below(1u << random.below(31))),
                         static_cast<std::uint32_t>(random.below(100)), now_);
      ASSERT_GE(limit_->limit(), 5u);
      ASSERT_LE(limit_->limit(), 80u);
    }
  }
}

}  // namespace
}  // namespace apiforge::policy
