#include "policy/outlier.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OutlierTest : public testing::Test {
 protected:
  void given(std::size_t endpoints) { detector_.emplace(config_, endpoints); }

  bool fail(std::size_t endpoint, int times = 1) {
    bool ejected = false;
    for (int i = 0; i < times; ++i) {
      ejected = detector_->on_result(endpoint, CallResult::Failure, now_);
    }
    return ejected;
  }
  void succeed(std::size_t endpoint) {
    EXPECT_FALSE(detector_->on_result(endpoint, CallResult::Success, now_));
  }
  /// Whether the last of `times` replies ejected the endpoint.
  bool answer(std::size_t endpoint, milliseconds latency, int times = 1) {
    bool ejected = false;
    for (int i = 0; i < times; ++i) {
      ejected = detector_->on_result(endpoint, CallResult::Success, now_, latency);
    }
    return ejected;
  }
  bool ejected(std::size_t endpoint) const { return detector_->is_ejected(endpoint, now_); }

  model::OutlierEjection config_{
      .consecutive_failures = 3, .base_time = seconds(10), .max_time = seconds(35)};
  MonotonicTime now_{std::chrono::hours(1)};
  std::optional<OutlierDetector> detector_;
};

TEST_F(OutlierTest, ejects_after_failures_in_a_row_and_lets_return_in_time) {
  given(2);
  EXPECT_FALSE(fail(0, 2));
  EXPECT_FALSE(ejected(0));
  EXPECT_TRUE(fail(0));
  EXPECT_TRUE(ejected(0));
  now_ += seconds(10) - milliseconds(1);
  EXPECT_TRUE(ejected(0));
  now_ += milliseconds(1);
  EXPECT_FALSE(ejected(0));
}

TEST_F(OutlierTest, a_success_starts_the_count_anew) {
  given(2);
  fail(0, 2);
  succeed(0);
  EXPECT_FALSE(fail(0, 2));
  EXPECT_TRUE(fail(0));
}

TEST_F(OutlierTest, ejects_for_longer_each_time_up_to_the_maximum) {
  given(2);
  for (const auto expected : {seconds(10), seconds(20), seconds(30), seconds(35), seconds(35)}) {
    ASSERT_TRUE(fail(0, 3));
    now_ += expected - milliseconds(1);
    EXPECT_TRUE(ejected(0));
    now_ += milliseconds(1);
    EXPECT_FALSE(ejected(0)) << expected.count();
  }
  succeed(0);
  fail(0, 3);
  now_ += seconds(10);
  EXPECT_FALSE(ejected(0)) << "a success after the return forgives all";
}

TEST_F(OutlierTest, results_of_calls_sent_before_the_ejection_do_not_count) {
  given(2);
  fail(0, 3);
  fail(0, 10);
  succeed(0);
  EXPECT_TRUE(ejected(0));
  now_ += seconds(10);
  EXPECT_FALSE(fail(0, 2));
  EXPECT_TRUE(fail(0));
  now_ += seconds(15);
  EXPECT_TRUE(ejected(0)) << "the second time in a row";
}

TEST_F(OutlierTest, a_single_endpoint_is_never_ejected) {
  given(1);
  EXPECT_FALSE(fail(0, 100));
  EXPECT_FALSE(ejected(0));
  EXPECT_EQ(detector_->max_ejected(), 0u);
}

TEST_F(OutlierTest, ejects_no_more_than_its_share_but_always_one_of_several) {
  config_.max_percent = 10;
  given(5);
  EXPECT_TRUE(fail(0, 3));
  EXPECT_FALSE(fail(1, 3));
  EXPECT_FALSE(ejected(1));
  now_ += seconds(10);
  EXPECT_TRUE(fail(1)) << "it was next in line";
  config_.max_percent = 100;
  given(3);
  EXPECT_EQ(detector_->max_ejected(), 2u);
}

TEST_F(OutlierTest, zeros_switch_it_off) {
  config_.consecutive_failures = 0;
  config_.failure_percent = 0;
  given(3);
  EXPECT_FALSE(fail(0, 1000));
  answer(1, milliseconds(1), 100);
  EXPECT_FALSE(answer(2, seconds(30), 100));
}

TEST_F(OutlierTest, ejects_at_a_share_of_failures_once_there_are_enough_calls) {
  config_.consecutive_failures = 0;
  given(2);
  for (int i = 0; i < 9; ++i) {
    EXPECT_FALSE(fail(0));
    succeed(0);
  }
  EXPECT_FALSE(fail(0)) << "10 of 19 failed, but 19 calls are too few";
  EXPECT_TRUE(fail(0));
  EXPECT_TRUE(ejected(0));
}

TEST_F(OutlierTest, failures_below_the_share_are_borne) {
  given(2);
  for (int i = 0; i < 1'000; ++i) {
    now_ += milliseconds(20);
    EXPECT_FALSE(fail(0));
    succeed(0);
    succeed(0);
  }
}

TEST_F(OutlierTest, failures_are_forgotten_after_ten_seconds) {
  config_.consecutive_failures = 0;
  given(2);
  EXPECT_FALSE(fail(0, 19));
  now_ += seconds(10);
  EXPECT_FALSE(fail(0));
  now_ += seconds(9);
  EXPECT_FALSE(fail(0, 18));
  EXPECT_TRUE(fail(0)) << "20 within the last ten seconds";
}

TEST_F(OutlierTest, ejects_what_is_far_slower_than_the_others) {
  config_.latency_factor = 5;
  given(4);
  answer(0, milliseconds(10), 30);
  answer(1, milliseconds(12), 30);
  EXPECT_FALSE(answer(2, milliseconds(45), 100)) << "slower, but not five times";
  EXPECT_FALSE(answer(3, milliseconds(200), 19)) << "too few calls to judge";
  EXPECT_TRUE(answer(3, milliseconds(200)));
  EXPECT_TRUE(ejected(3));
}

TEST_F(OutlierTest, half_of_the_endpoints_may_be_slow) {
  config_.latency_factor = 5;
  given(4);
  answer(0, milliseconds(10), 30);
  answer(1, milliseconds(10), 30);
  answer(2, milliseconds(200), 19);
  answer(3, milliseconds(200), 19);
  EXPECT_TRUE(answer(2, milliseconds(200)));
  EXPECT_TRUE(answer(3, milliseconds(200)));
  EXPECT_EQ(detector_->ejected_count(now_), 2u);
}

TEST_F(OutlierTest, one_slow_reply_ejects_nobody) {
  config_.latency_factor = 5;
  given(2);
  answer(0, milliseconds(10), 50);
  answer(1, milliseconds(10), 50);
  EXPECT_FALSE(answer(1, seconds(2)));
  EXPECT_FALSE(answer(1, milliseconds(10), 50));
}

TEST_F(OutlierTest, differences_below_a_millisecond_say_nothing) {
  config_.latency_factor = 5;
  given(2);
  for (int i = 0; i < 50; ++i) {
    detector_->on_result(0, CallResult::Success, now_, std::chrono::microseconds(50));
    EXPECT_FALSE(
        detector_->on_result(1, CallResult::Success, now_, std::chrono::microseconds(900)));
  }
}

TEST_F(OutlierTest, an_endpoint_that_stays_slow_is_soon_ejected_again_and_for_longer) {
  config_.latency_factor = 5;
  given(2);
  for (int round = 1; round <= 3; ++round) {
    answer(0, milliseconds(10), 30);
    const int enough = round == 1 ? 20 : 3;
    EXPECT_EQ(detector_->is_on_probation(1), round > 1);
    EXPECT_FALSE(answer(1, milliseconds(200), enough - 1)) << round;
    EXPECT_TRUE(answer(1, milliseconds(200))) << round;
    now_ += seconds(10) * round - milliseconds(1);
    EXPECT_TRUE(ejected(1));
    now_ += milliseconds(1);
    EXPECT_FALSE(ejected(1)) << round;
  }
}

TEST_F(OutlierTest, an_endpoint_that_is_fast_again_is_as_good_as_new_after_enough_calls) {
  config_.latency_factor = 5;
  given(2);
  answer(0, milliseconds(10), 30);
  ASSERT_TRUE(answer(1, milliseconds(200), 20));
  now_ += seconds(10);
  EXPECT_TRUE(detector_->is_on_probation(1));
  answer(0, milliseconds(10), 30);
  EXPECT_FALSE(answer(1, milliseconds(10), 3));
  EXPECT_FALSE(detector_->is_on_probation(1));
  EXPECT_FALSE(answer(1, milliseconds(10), 17));
  EXPECT_FALSE(answer(1, milliseconds(200), 7)) << "it is no longer judged by a few calls";
  EXPECT_TRUE(answer(1, milliseconds(200), 1));
  now_ += seconds(10);
  EXPECT_FALSE(ejected(1)) << "ejected as if for the first time";
}

TEST_F(OutlierTest, a_health_check_that_succeeds_ends_the_ejection) {
  given(2);
  ASSERT_TRUE(fail(0, 3));
  detector_->forgive(0);
  EXPECT_FALSE(ejected(0));
  EXPECT_FALSE(detector_->is_on_probation(0));
  EXPECT_TRUE(fail(0, 3));
  now_ += seconds(10);
  EXPECT_FALSE(ejected(0)) << "the first ejection is forgotten";
}

TEST_F(OutlierTest, never_ejects_all_and_never_for_ever) {
  const std::uint64_t seed = 20261104;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    const auto endpoints = 1 + random.below(10);
    config_.max_percent = static_cast<std::uint32_t>(random.below(101));
    config_.consecutive_failures = static_cast<std::uint32_t>(random.below(5));
    config_.failure_percent = static_cast<std::uint32_t>(random.below(101));
    config_.latency_factor = static_cast<std::uint32_t>(random.below(4));
    config_.minimum_calls = static_cast<std::uint32_t>(random.below(30));
    given(endpoints);
    for (int event = 0; event < 1'000; ++event) {
      now_ += milliseconds(random.below(1'000));
      const bool failed = random.below(10) < 8;
      detector_->on_result(random.below(endpoints),
                           failed ? CallResult::Failure : CallResult::Success, now_,
                           milliseconds(1 + random.below(random.below(2) == 0 ? 10 : 1'000)));
      const auto count = detector_->ejected_count(now_);
      ASSERT_LT(count, endpoints);
      ASSERT_LE(count, std::max<std::size_t>(1, endpoints * config_.max_percent / 100));
    }
    now_ += config_.max_time;
    ASSERT_EQ(detector_->ejected_count(now_), 0u);
  }
}

}  // namespace
}  // namespace apiforge::policy
