#include "policy/outlier.hpp"

#include <gtest/gtest.h>

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

TEST_F(OutlierTest, zero_failures_switch_it_off) {
  config_.consecutive_failures = 0;
  given(3);
  EXPECT_FALSE(fail(0, 1000));
}

TEST_F(OutlierTest, never_ejects_all_and_never_for_ever) {
  const std::uint64_t seed = 20261104;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    const auto endpoints = 1 + random.below(10);
    config_.max_percent = static_cast<std::uint32_t>(random.below(101));
    config_.consecutive_failures = static_cast<std::uint32_t>(1 + random.below(5));
    given(endpoints);
    for (int event = 0; event < 1'000; ++event) {
      now_ += milliseconds(random.below(1'000));
      const bool failed = random.below(10) < 8;
      detector_->on_result(random.below(endpoints),
                           failed ? CallResult::Failure : CallResult::Success, now_);
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
