#include "policy/active_health.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ActiveHealthTest : public testing::Test {
 protected:
  void given(bool up = true) { health_.emplace(config_, now_, up); }

  /// The next check, when it is due, with this result.
  std::optional<HealthTurn> check(bool success) {
    now_ = std::max(now_, health_->next_check());
    return health_->update(now_, success, random_);
  }
  void check(bool success, int times) {
    for (int i = 0; i < times; ++i) check(success);
  }

  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed 20261123"};
  Random random_{20261123};
  MonotonicTime now_{std::chrono::hours(1)};
  model::HealthCheck config_{.interval = seconds(5), .healthy = 2, .unhealthy = 3};
  std::optional<ActiveHealth> health_;
};

TEST_F(ActiveHealthTest, is_up_before_the_first_check_which_is_due_at_once) {
  given();
  EXPECT_TRUE(health_->is_up());
  EXPECT_EQ(health_->next_check(), now_);
}

TEST_F(ActiveHealthTest, goes_down_after_failures_in_a_row_and_comes_up_after_successes) {
  given();
  EXPECT_EQ(check(false), std::nullopt);
  EXPECT_EQ(check(false), std::nullopt);
  EXPECT_TRUE(health_->is_up());
  EXPECT_EQ(check(false), HealthTurn::WentDown);
  EXPECT_FALSE(health_->is_up());
  EXPECT_EQ(check(false), std::nullopt) << "it is down already";
  EXPECT_EQ(check(true), std::nullopt);
  EXPECT_FALSE(health_->is_up());
  EXPECT_EQ(check(true), HealthTurn::CameUp);
  EXPECT_TRUE(health_->is_up());
}

TEST_F(ActiveHealthTest, one_result_against_the_trend_starts_the_count_anew) {
  given();
  check(false, 2);
  check(true);
  check(false, 2);
  EXPECT_TRUE(health_->is_up());
  check(false);
  ASSERT_FALSE(health_->is_up());
  check(true);
  check(false);
  EXPECT_EQ(check(true), std::nullopt);
  EXPECT_EQ(check(true), HealthTurn::CameUp);
}

TEST_F(ActiveHealthTest, begins_in_the_state_that_was_known) {
  given(false);
  EXPECT_FALSE(health_->is_up());
  EXPECT_EQ(health_->next_check(), now_);
  check(true, 2);
  EXPECT_TRUE(health_->is_up());
}

TEST_F(ActiveHealthTest, checks_come_an_interval_apart_give_or_take_a_tenth) {
  given();
  std::vector<std::int64_t> tenths(3);
  for (int i = 0; i < 3'000; ++i) {
    check(random_.below(2) == 0);
    const auto wait = health_->next_check() - now_;
    ASSERT_GE(wait, milliseconds(4'500));
    ASSERT_LE(wait, milliseconds(5'500));
    ++tenths[static_cast<std::size_t>((wait - milliseconds(4'500)) / milliseconds(334))];
  }
  for (const auto count : tenths) EXPECT_NEAR(count, 1'000, 120) << "spread evenly";
}

TEST_F(ActiveHealthTest, a_check_that_took_longer_than_the_interval_is_followed_at_once) {
  given();
  const MonotonicTime begun = now_;
  now_ += seconds(8);
  health_->update(begun, false, random_);
  EXPECT_LT(health_->next_check(), now_);
}

TEST_F(ActiveHealthTest, thresholds_of_zero_count_as_one) {
  config_.healthy = config_.unhealthy = 0;
  config_.interval = milliseconds(0);
  given();
  EXPECT_EQ(check(false), HealthTurn::WentDown);
  EXPECT_EQ(check(true), HealthTurn::CameUp);
}

// From whatever state: `healthy` successes in a row bring it up, `unhealthy` failures take it down,
// and the next check is never further away than an interval and its jitter.
TEST_F(ActiveHealthTest, always_finds_its_way_back) {
  for (int round = 0; round < 5'000; ++round) {
    config_.healthy = static_cast<std::uint32_t>(1 + random_.below(5));
    config_.unhealthy = static_cast<std::uint32_t>(1 + random_.below(5));
    config_.interval = milliseconds(1 + random_.below(60'000));
    given(random_.below(2) == 0);
    const auto history = random_.below(50);
    for (std::uint64_t i = 0; i < history; ++i) {
      check(random_.below(2) == 0);
      ASSERT_LE(10 * (health_->next_check() - now_), 11 * config_.interval);
    }
    const bool end = random_.below(2) == 0;
    check(end, static_cast<int>(end ? config_.healthy : config_.unhealthy));
    ASSERT_EQ(health_->is_up(), end);
  }
}

}  // namespace
}  // namespace apiforge::policy
