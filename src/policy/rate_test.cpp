#include "policy/rate.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <numeric>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using model::LimitAlgorithm;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::int64_t kMost = 1'000'000'000'000'000;
constexpr LimitAlgorithm kAlgorithms[] = {LimitAlgorithm::Gcra, LimitAlgorithm::SlidingWindow,
                                          LimitAlgorithm::FixedWindow};

class RateRuleTest : public testing::Test {
 protected:
  void given(LimitAlgorithm algorithm, std::int64_t amount, nanoseconds per,
             std::int64_t burst = 0) {
    rule_.emplace(algorithm, amount, per, burst);
    counter_ = 0;
  }
  RateVerdict take(std::int64_t cost = 1, std::int64_t kept = 0) {
    const RateVerdict verdict = rule_->decide(counter_, now_, cost, kept);
    EXPECT_TRUE(verdict.allowed || verdict.next == counter_) << "a refusal changes nothing";
    counter_ = verdict.next;
    return verdict;
  }
  RateVerdict ask(std::int64_t cost = 0) const { return rule_->decide(counter_, now_, cost); }
  int takes(int times) {
    int admitted = 0;
    for (int i = 0; i < times; ++i) admitted += take().allowed ? 1 : 0;
    return admitted;
  }

  MonotonicTime now_{hours(1)};
  std::optional<RateRule> rule_;
  std::uint64_t counter_ = 0;
};

TEST_F(RateRuleTest, gcra_admits_the_burst_at_once_and_then_one_for_each_interval) {
  given(LimitAlgorithm::Gcra, 10, seconds(1), 3);
  EXPECT_EQ(takes(10), 3);
  EXPECT_EQ(take().retry_after, milliseconds(100));
  now_ += milliseconds(100) - nanoseconds(1);
  EXPECT_FALSE(take().allowed);
  now_ += nanoseconds(1);
  EXPECT_TRUE(take().allowed);
  EXPECT_FALSE(take().allowed);
  now_ += seconds(5);
  EXPECT_EQ(takes(10), 3);
}

TEST_F(RateRuleTest, the_amount_is_there_at_once_where_an_interval_is_no_whole_number) {
  for (const std::int64_t amount : {1, 3, 7, 999, 999'999}) {
    given(LimitAlgorithm::Gcra, amount, seconds(1));
    EXPECT_EQ(takes(static_cast<int>(amount) + 5), amount);
  }
}

TEST_F(RateRuleTest, a_verdict_says_what_is_left_and_when_all_is_there_again) {
  given(LimitAlgorithm::Gcra, 10, seconds(1));
  const RateVerdict verdict = take(4);
  EXPECT_EQ(verdict.remaining, 6);
  EXPECT_EQ(verdict.reset_after, milliseconds(400));
  EXPECT_EQ(verdict.retry_after, nanoseconds(0));
  EXPECT_EQ(take(7).retry_after, milliseconds(100));
}

TEST_F(RateRuleTest, to_ask_takes_nothing) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 5, seconds(1));
    EXPECT_EQ(ask().remaining, 5);
    EXPECT_TRUE(ask().allowed);
    EXPECT_EQ(ask().next, 0u);
    take(5);
    EXPECT_TRUE(ask().allowed) << "nothing more is wanted";
    EXPECT_EQ(ask().remaining, 0);
    EXPECT_EQ(ask().next, counter_);
  }
}

TEST_F(RateRuleTest, what_is_above_the_limit_can_never_pass) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 5, seconds(1));
    EXPECT_TRUE(take(6).never);
    EXPECT_TRUE(take(kMost).never);
    EXPECT_FALSE(take(5).never);
    EXPECT_FALSE(take(5).never) << "it passes later";
  }
}

TEST_F(RateRuleTest, a_reserve_is_left_to_more_urgent_calls) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 10, seconds(1));
    EXPECT_EQ(take(7, 2).remaining, 1);
    EXPECT_FALSE(take(2, 2).allowed);
    EXPECT_TRUE(take(1, 2).allowed);
    EXPECT_FALSE(take(1, 2).allowed);
    EXPECT_TRUE(take(2).allowed);
    EXPECT_TRUE(take(9, 2).never);
  }
}

TEST_F(RateRuleTest, a_fixed_window_begins_anew_with_each_period) {
  given(LimitAlgorithm::FixedWindow, 3, seconds(10));
  now_ += seconds(4);
  EXPECT_EQ(takes(10), 3);
  EXPECT_EQ(take().retry_after, seconds(6));
  EXPECT_EQ(ask().reset_after, seconds(6));
  now_ += seconds(6);
  EXPECT_EQ(takes(10), 3);
}

TEST_F(RateRuleTest, a_sliding_window_counts_what_is_left_of_the_one_before) {
  // The example of Cloudflare: 42 in the minute before, 18 in the first quarter of this one.
  given(LimitAlgorithm::SlidingWindow, 50, seconds(60));
  EXPECT_EQ(takes(42), 42);
  now_ += seconds(75);
  EXPECT_EQ(takes(18), 18);
  EXPECT_EQ(ask().remaining, 50 - 31 - 18);
  EXPECT_EQ(takes(10), 1);
}

TEST_F(RateRuleTest, retry_after_is_the_first_moment_at_which_it_fits) {
  Random random(4711);
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    for (int round = 0; round < 300; ++round) {
      given(algorithm, 1 + static_cast<std::int64_t>(random.below(50)), milliseconds(10));
      for (int step = 0; step < 60; ++step) {
        const auto limit = static_cast<std::uint64_t>(rule_->limit());
        const auto cost = 1 + static_cast<std::int64_t>(random.below(limit));
        const RateVerdict verdict = take(cost);
        now_ += nanoseconds(random.below(3'000'000));
        if (verdict.allowed) continue;
        const MonotonicTime asked = now_;
        const RateVerdict again = ask(cost);
        if (again.allowed) continue;
        ASSERT_GT(again.retry_after, nanoseconds(0));
        now_ = asked + again.retry_after - nanoseconds(1);
        ASSERT_FALSE(ask(cost).allowed);
        now_ = asked + again.retry_after;
        ASSERT_TRUE(ask(cost).allowed);
      }
    }
  }
}

TEST_F(RateRuleTest, what_is_given_back_can_be_taken_again) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 10, seconds(1));
    take(10);
    counter_ = rule_->give_back(counter_, now_, 4);
    EXPECT_EQ(takes(10), 4);
    counter_ = rule_->give_back(counter_, now_, 1'000);
    EXPECT_EQ(takes(20), 10) << "never more than the limit";
  }
}

TEST_F(RateRuleTest, a_charge_takes_what_is_not_there_and_leaves_nothing) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 10, seconds(1));
    take(8);
    counter_ = rule_->charge(counter_, now_, 1);
    EXPECT_EQ(ask().remaining, 1);
    counter_ = rule_->charge(counter_, now_, kMost);
    EXPECT_EQ(ask().remaining, 0);
    now_ += seconds(2);
    EXPECT_EQ(takes(20), 10) << "it is back in time";
    EXPECT_FALSE(rule_->decide(rule_->charge(0, now_, rule_->limit()), now_, 1).allowed);
  }
}

TEST_F(RateRuleTest, an_idle_counter_may_be_forgotten) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 10, seconds(1), 20);
    EXPECT_LE(rule_->idle_from(0), now_);
    take(7);
    const MonotonicTime idle = rule_->idle_from(counter_);
    EXPECT_GT(idle, now_);
    EXPECT_LE(idle, now_ + seconds(2));
    now_ = idle;
    EXPECT_EQ(ask().remaining, rule_->limit());
    EXPECT_EQ(ask().reset_after, nanoseconds(0));
  }
}

TEST_F(RateRuleTest, a_thread_whose_time_is_behind_gets_nothing_more) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 10, seconds(1));
    EXPECT_EQ(takes(20), 10);
    now_ -= microseconds(500);
    EXPECT_EQ(takes(20), 0);
    now_ += microseconds(500);
    EXPECT_EQ(takes(20), 0);
  }
}

TEST_F(RateRuleTest, a_changed_amount_keeps_what_was_counted) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    given(algorithm, 10, seconds(1));
    take(10);
    const std::uint64_t counter = counter_;
    given(algorithm, 1, seconds(1));
    counter_ = counter;
    EXPECT_FALSE(take().allowed);
    now_ += seconds(30);
    EXPECT_EQ(takes(5), 1);
  }
}

TEST_F(RateRuleTest, a_raised_sliding_window_keeps_the_share_of_the_one_before_while_it_counts) {
  given(LimitAlgorithm::SlidingWindow, 10, seconds(1));
  EXPECT_EQ(takes(10), 10);
  now_ += milliseconds(1'500);
  EXPECT_EQ(takes(2), 2);
  const std::uint64_t counter = counter_;
  given(LimitAlgorithm::SlidingWindow, 100, seconds(1));
  counter_ = counter;
  EXPECT_EQ(ask().remaining, 100 - 100 / 2 - 2) << "all of the limit was used in the window before";
  now_ += milliseconds(500);
  EXPECT_EQ(ask().remaining, 98) << "of this window the units are known";
}

TEST_F(RateRuleTest, the_largest_limits_are_counted) {
  for (const LimitAlgorithm algorithm : kAlgorithms) {
    for (const nanoseconds per : {nanoseconds(milliseconds(1)), nanoseconds(days(30))}) {
      given(algorithm, kMost, per, kMost);
      EXPECT_LE(rule_->limit(), kMost);
      EXPECT_GE(rule_->limit(), kMost / 100 * 99);
      EXPECT_TRUE(take(rule_->limit() / 2).allowed);
      EXPECT_TRUE(take(rule_->limit() / 4).allowed);
      EXPECT_FALSE(take(rule_->limit() / 2).allowed);
    }
  }
  given(LimitAlgorithm::Gcra, 1, days(30), kMost);
  EXPECT_EQ(takes(20), 20) << "a burst that takes years to come back is cut to what can be counted";
}

}  // namespace
}  // namespace apiforge::policy
