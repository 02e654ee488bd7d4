#include "policy/alert.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using model::AlertCondition;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class AlertStateTest : public testing::Test {
 protected:
  AlertChange after(std::chrono::nanoseconds passed, bool met) {
    now_ += passed;
    return state_.update(now_, met, silenced_, timing_);
  }

  MonotonicTime now_{std::chrono::hours(1)};
  AlertState::Timing timing_;
  bool silenced_ = false;
  AlertState state_;
};

TEST_F(AlertStateTest, fires_at_once_without_a_hold_and_resolves_once) {
  EXPECT_EQ(after(seconds(1), false), AlertChange::None);
  EXPECT_EQ(after(seconds(1), true), AlertChange::Fires);
  EXPECT_EQ(after(seconds(1), true), AlertChange::None);
  EXPECT_EQ(after(seconds(1), false), AlertChange::Resolves);
  EXPECT_EQ(after(seconds(1), false), AlertChange::None);
  EXPECT_EQ(state_.phase(), AlertPhase::Quiet);
}

TEST_F(AlertStateTest, fires_when_the_condition_held_for_long_enough) {
  timing_.hold = seconds(10);
  EXPECT_EQ(after(seconds(1), true), AlertChange::None);
  EXPECT_EQ(state_.phase(), AlertPhase::Pending);
  EXPECT_EQ(after(seconds(9), true), AlertChange::None);
  EXPECT_EQ(after(seconds(1), true), AlertChange::Fires);
}

TEST_F(AlertStateTest, a_break_begins_the_hold_anew) {
  timing_.hold = seconds(10);
  after(seconds(1), true);
  after(seconds(9), true);
  EXPECT_EQ(after(milliseconds(1), false),
            AlertChange::None);  // nothing was told, nothing resolves
  EXPECT_EQ(after(seconds(1), true), AlertChange::None);
  EXPECT_EQ(after(seconds(9), true), AlertChange::None);
  EXPECT_EQ(after(seconds(1), true), AlertChange::Fires);
}

TEST_F(AlertStateTest, is_told_again_while_it_fires) {
  timing_.repeat = minutes(1);
  EXPECT_EQ(after(seconds(1), true), AlertChange::Fires);
  EXPECT_EQ(after(seconds(59), true), AlertChange::None);
  EXPECT_EQ(after(seconds(1), true), AlertChange::Repeats);
  EXPECT_EQ(after(seconds(59), true), AlertChange::None);
  EXPECT_EQ(after(minutes(5), true), AlertChange::Repeats);  // once, not five times
  EXPECT_EQ(after(seconds(1), true), AlertChange::None);
}

TEST_F(AlertStateTest, in_silence_nothing_is_told_and_what_lasts_is_told_after_it) {
  silenced_ = true;
  EXPECT_EQ(after(seconds(1), true), AlertChange::None);
  EXPECT_EQ(state_.phase(), AlertPhase::Firing);
  silenced_ = false;
  EXPECT_EQ(after(seconds(1), true), AlertChange::Fires);
}

TEST_F(AlertStateTest, what_came_and_went_in_silence_is_never_told) {
  silenced_ = true;
  after(seconds(1), true);
  EXPECT_EQ(after(seconds(1), false), AlertChange::None);
  silenced_ = false;
  EXPECT_EQ(after(seconds(1), false), AlertChange::None);
}

TEST_F(AlertStateTest, the_end_of_what_was_told_is_told_in_silence_too) {
  EXPECT_EQ(after(seconds(1), true), AlertChange::Fires);
  silenced_ = true;
  EXPECT_EQ(after(minutes(90), true), AlertChange::None);
  EXPECT_EQ(after(seconds(1), false), AlertChange::Resolves);
}

/// Whatever happens, what is told makes sense to who hears nothing else.
TEST(AlertStateProperty, what_is_told_is_a_story_with_a_beginning_and_an_end) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    AlertState state;
    const AlertState::Timing timing{seconds(random.below(5)), seconds(random.below(8))};
    MonotonicTime now{std::chrono::hours(1)};
    bool told = false;  // whether the hearer believes that it fires
    MonotonicTime told_at{};
    bool was_met = false;
    MonotonicTime met_since{};  // without a break
    for (int step = 0; step < 400; ++step) {
      now += milliseconds(random.below(3'000));
      const bool met = random.below(10) < 7;
      const bool silenced = random.below(10) < 2;
      if (met && !was_met) met_since = now;
      was_met = met;
      const AlertChange change = state.update(now, met, silenced, timing);
      const bool is_due = met && now - met_since >= timing.hold;
      switch (change) {
        case AlertChange::Fires:
          ASSERT_TRUE(!told && !silenced && is_due);
          told = true;
          told_at = now;
          break;
        case AlertChange::Repeats:
          ASSERT_TRUE(told && !silenced && met);
          ASSERT_TRUE(timing.repeat.count() > 0 && now - told_at >= timing.repeat);
          told_at = now;
          break;
        case AlertChange::Resolves:
          ASSERT_TRUE(told && !met);
          told = false;
          break;
        case AlertChange::None:
          ASSERT_FALSE(told && !met);
          ASSERT_FALSE(!told && is_due && !silenced);
      }
    }
  }
}

TEST(AlertConditionTest, is_met_beyond_the_threshold_and_never_by_what_is_no_number) {
  EXPECT_TRUE(meets(AlertCondition::Above, 0.05, 0.051));
  EXPECT_FALSE(meets(AlertCondition::Above, 0.05, 0.05));
  EXPECT_TRUE(meets(AlertCondition::Below, 10, 9.9));
  EXPECT_FALSE(meets(AlertCondition::Below, 10, 10));
  EXPECT_TRUE(meets(AlertCondition::RiseAbove, 5, 6));
  for (const auto condition :
       {AlertCondition::Above, AlertCondition::Below, AlertCondition::RiseAbove}) {
    EXPECT_FALSE(meets(condition, 1, std::numeric_limits<double>::quiet_NaN()));
  }
}

class SampleWindowTest : public testing::Test {
 protected:
  void add_after(std::chrono::nanoseconds passed, double value) {
    now_ += passed;
    window_.add(now_, value);
  }

  MonotonicTime now_{std::chrono::hours(1)};
  SampleWindow window_{minutes(1)};
};

TEST_F(SampleWindowTest, knows_nothing_until_it_is_full) {
  EXPECT_EQ(window_.rise(), std::nullopt);
  add_after(seconds(0), 10);
  add_after(seconds(30), 20);
  EXPECT_EQ(window_.rise(), std::nullopt);
  EXPECT_EQ(window_.rise_per_second(), std::nullopt);
  add_after(seconds(30), 40);
  EXPECT_EQ(window_.rise(), 30);
  EXPECT_EQ(window_.rise_per_second(), 0.5);
}

TEST_F(SampleWindowTest, compares_with_the_value_a_window_ago) {
  for (int second = 0; second <= 300; ++second) add_after(seconds(1), second < 200 ? 0 : 100);
  EXPECT_EQ(window_.rise(), 0);
  add_after(seconds(1), 150);
  EXPECT_EQ(window_.rise(), 50);
}

TEST_F(SampleWindowTest, begins_anew_when_it_is_cleared) {
  add_after(seconds(0), 10);
  add_after(minutes(2), 20);
  ASSERT_TRUE(window_.rise());
  window_.clear();
  add_after(seconds(1), 0);
  EXPECT_EQ(window_.rise(), std::nullopt);
}

TEST(SampleWindowProperty, a_steady_rate_is_measured_whatever_the_rhythm_and_memory_is_bounded) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const auto length = seconds(1 + random.below(3'600));
    SampleWindow window(length);
    const MonotonicTime start{std::chrono::hours(1)};
    MonotonicTime now = start;
    const std::uint64_t longest = 1 + random.below(20'000);
    for (int step = 0; step < 5'000; ++step) {
      now += milliseconds(1 + random.below(longest));
      const double elapsed = std::chrono::duration<double>(now - start).count();
      window.add(now, 7 * elapsed);
      ASSERT_LE(window.size(), 2 * SampleWindow::kResolution + 3);
      const auto rate = window.rise_per_second();
      const bool is_known = now - start > 2 * length + milliseconds(longest);
      ASSERT_TRUE(rate || !is_known);
      ASSERT_NEAR(rate.value_or(7), 7, 1e-6);
    }
  }
}

}  // namespace
}  // namespace apiforge::policy
