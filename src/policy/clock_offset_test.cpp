#include "policy/clock_offset.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// A provider whose clock differs from ours, behind a network with a way there and a way back.
class ClockOffsetTest : public testing::Test {
 protected:
  bool exchange(nanoseconds there, nanoseconds back) {
    const auto sent = clock_.wall();
    clock_.advance(there);
    const auto server = clock_.wall() + truth_;
    clock_.advance(back);
    return estimate_.sample(sent, clock_.wall(), server, clock_.now());
  }
  nanoseconds mistake() const { return std::chrono::abs(estimate_.offset() - truth_); }

  SimulatedClock clock_;
  nanoseconds truth_ = milliseconds(-742);
  ClockOffset estimate_;
};

TEST_F(ClockOffsetTest, knows_nothing_at_first_and_is_due) {
  EXPECT_EQ(estimate_.offset(), nanoseconds(0));
  EXPECT_TRUE(estimate_.due(clock_.now()));
  EXPECT_FALSE(estimate_.error(clock_.now()));
}

TEST_F(ClockOffsetTest, is_exact_over_an_even_way) {
  EXPECT_TRUE(exchange(milliseconds(40), milliseconds(40)));
  EXPECT_EQ(estimate_.offset(), truth_);
  EXPECT_EQ(*estimate_.error(clock_.now()), milliseconds(41));
}

// An offset of half a slow round trip once put timestamps a second into the future (-1021).
TEST_F(ClockOffsetTest, a_slow_uneven_exchange_does_not_spoil_a_good_one) {
  exchange(milliseconds(5), milliseconds(5));
  for (int i = 0; i < 7; ++i) exchange(seconds(3), milliseconds(5));
  EXPECT_EQ(estimate_.offset(), truth_);
}

TEST_F(ClockOffsetTest, an_old_exchange_gives_way_to_a_fresh_one_of_like_quality) {
  exchange(milliseconds(20), milliseconds(20));
  clock_.advance(minutes(5));
  truth_ += milliseconds(25);  // 83 ppm of drift
  exchange(milliseconds(22), milliseconds(22));
  EXPECT_EQ(estimate_.offset(), truth_);
}

TEST_F(ClockOffsetTest, notices_that_a_clock_was_set) {
  for (int i = 0; i < 8; ++i) exchange(milliseconds(5), milliseconds(5));
  clock_.set_wall(clock_.wall() + std::chrono::hours(1));
  truth_ -= std::chrono::hours(1);
  EXPECT_TRUE(exchange(milliseconds(80), milliseconds(60)));
  EXPECT_LE(mistake(), milliseconds(10));
}

TEST_F(ClockOffsetTest, ignores_what_is_too_slow_or_runs_backwards) {
  EXPECT_FALSE(exchange(seconds(9), seconds(2)));
  const auto sent = clock_.wall();
  EXPECT_FALSE(estimate_.sample(sent, sent - milliseconds(1), sent, clock_.now()));
  EXPECT_TRUE(estimate_.due(clock_.now()));
}

TEST_F(ClockOffsetTest, is_due_every_five_minutes_and_when_expired) {
  exchange(milliseconds(1), milliseconds(1));
  EXPECT_FALSE(estimate_.due(clock_.now()));
  clock_.advance(minutes(5) - nanoseconds(1));
  EXPECT_FALSE(estimate_.due(clock_.now()));
  clock_.advance(nanoseconds(1));
  EXPECT_TRUE(estimate_.due(clock_.now()));
  exchange(milliseconds(1), milliseconds(1));
  estimate_.expire();
  EXPECT_TRUE(estimate_.due(clock_.now()));
  exchange(milliseconds(1), milliseconds(1));
  EXPECT_FALSE(estimate_.due(clock_.now()));
}

TEST_F(ClockOffsetTest, is_never_wrong_by_more_than_it_says) {
  const std::uint64_t seed = 20261106;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int i = 0; i < 100'000; ++i) {
    const auto there = microseconds(random.below(random.below(20) == 0 ? 4'000'000 : 80'000));
    const auto back = microseconds(random.below(random.below(20) == 0 ? 4'000'000 : 80'000));
    const auto pause = milliseconds(random.below(300'000));
    clock_.advance(pause);
    // Within the drift that is allowed for, 100 ppm.
    truth_ += nanoseconds(static_cast<std::int64_t>(
        (random.unit() * 2 - 1) * 100e-6 * static_cast<double>(nanoseconds(pause).count())));
    if (random.below(500) == 0) truth_ += seconds(random.below(60));
    ASSERT_TRUE(exchange(there, back));
    ASSERT_LE(mistake(), *estimate_.error(clock_.now()) + microseconds(1)) << i;
  }
}

}  // namespace
}  // namespace apiforge::policy
