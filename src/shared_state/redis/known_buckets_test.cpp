#include "shared_state/redis/known_buckets.hpp"

#include <gtest/gtest.h>

namespace apiforge::shared_state {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kNow = 1'000'000;
constexpr MonotonicTime kThen{std::chrono::seconds(5)};

TEST(KnownBucketsTest, remembers_when_a_bucket_is_full_again) {
  KnownBuckets buckets;
  buckets.answered("a", buckets.find("a"), kNow + 500, kNow);
  EXPECT_EQ(buckets.find("a").last_tat, kNow + 500);
  EXPECT_EQ(buckets.find("b").last_tat, 0);
}

TEST(KnownBucketsTest, forgets_a_bucket_that_is_full) {
  KnownBuckets buckets;
  buckets.answered("a", buckets.find("a"), kNow + 500, kNow);
  buckets.answered("a", buckets.find("a"), kNow + 600, kNow + 600);
  EXPECT_EQ(buckets.size(), 0U);
}

TEST(KnownBucketsTest, a_failure_counts_until_an_answer_to_a_later_question) {
  KnownBuckets buckets;
  const auto before = buckets.find("a");
  buckets.failed("a", kThen, {});
  buckets.answered("a", before, kNow, kNow);
  const auto after = buckets.find("a");
  EXPECT_NE(after.failed_at, 0U);
  buckets.answered("a", after, kNow, kNow);
  EXPECT_EQ(buckets.find("a").failed_at, 0U);
}

TEST(KnownBucketsTest, an_answer_does_not_hide_a_failure_that_came_after_another_answer) {
  KnownBuckets buckets;
  buckets.failed("a", kThen, {});
  const auto asked = buckets.find("a");
  buckets.answered("a", asked, kNow + 500, kNow);
  buckets.failed("a", kThen, {});
  buckets.answered("a", asked, kNow + 500, kNow);
  EXPECT_NE(buckets.find("a").failed_at, 0U);
}

TEST(KnownBucketsTest, a_node_owes_its_share_of_the_time_since_a_failure) {
  KnownBuckets buckets;
  EXPECT_EQ(buckets.take_debt("a", kThen, 4).count(), 0);
  buckets.failed("a", kThen, {});
  EXPECT_EQ(buckets.take_debt("a", kThen + milliseconds(200), 4), milliseconds(50));
}

TEST(KnownBucketsTest, a_debt_is_paid_once) {
  KnownBuckets buckets;
  buckets.failed("a", kThen, {});
  EXPECT_EQ(buckets.take_debt("a", kThen + milliseconds(200), 4), milliseconds(50));
  EXPECT_EQ(buckets.take_debt("a", kThen + milliseconds(240), 4), milliseconds(10));
}

TEST(KnownBucketsTest, a_payment_that_failed_is_owed_again) {
  KnownBuckets buckets;
  buckets.failed("a", kThen, {});
  const auto debt = buckets.take_debt("a", kThen + milliseconds(200), 4);
  buckets.failed("a", kThen + milliseconds(220), debt);
  EXPECT_EQ(buckets.take_debt("a", kThen + milliseconds(400), 4), milliseconds(100));
}

TEST(KnownBucketsTest, a_node_that_is_not_counted_has_no_share_to_pay_for) {
  KnownBuckets buckets;
  buckets.failed("a", kThen, {});
  EXPECT_EQ(buckets.take_debt("a", kThen + milliseconds(200), 0).count(), 0);
}

TEST(KnownBucketsTest, buckets_that_are_empty_owe_nothing_for_the_time_before) {
  KnownBuckets buckets;
  buckets.failed("a", kThen, milliseconds(70));
  buckets.all_paid(kThen + milliseconds(900));
  EXPECT_EQ(buckets.take_debt("a", kThen + milliseconds(940), 4), milliseconds(10));
}

TEST(KnownBucketsTest, an_answer_ends_the_debt) {
  KnownBuckets buckets;
  buckets.failed("a", kThen, {});
  buckets.take_debt("a", kThen + milliseconds(200), 4);
  buckets.answered("a", buckets.find("a"), kNow + 500, kNow);
  EXPECT_EQ(buckets.take_debt("a", kThen + milliseconds(900), 4).count(), 0);
}

TEST(KnownBucketsTest, is_bounded_and_forgets_full_buckets_first) {
  KnownBuckets buckets;
  for (std::size_t i = 0; i < KnownBuckets::kMax; ++i) {
    const bool is_long = i % 2 == 0;
    buckets.answered("bucket " + std::to_string(i), {}, kNow + (is_long ? 1'000'000 : 1), kNow);
  }
  buckets.answered("later", {}, kNow + 1'000'000, kNow + 2);
  EXPECT_EQ(buckets.size(), KnownBuckets::kMax / 2 + 1);
  for (std::size_t i = 0; i < 2 * KnownBuckets::kMax; ++i) {
    buckets.answered("more " + std::to_string(i), {}, kNow + 1'000'000, kNow + 2);
    ASSERT_LE(buckets.size(), KnownBuckets::kMax);
  }
}

}  // namespace
}  // namespace apiforge::shared_state
