// What every adapter of SharedCounters must do. Included by one test file of each, which says
//   INSTANTIATE_TEST_SUITE_P(Memory, SharedCountersContract, ...)
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "shared_state/shared_counters.hpp"

namespace apiforge::shared_state {

using model::LimitAlgorithm;

/// An adapter, its store, and what happens to them.
class CountersUnderTest {
 public:
  virtual ~CountersUnderTest() = default;
  virtual SharedCounters& counters() = 0;
  /// Lets time pass, at least that much of the store's.
  virtual void pass(std::chrono::nanoseconds time) = 0;
  /// Lets answers come until `condition` holds; false when it never does.
  virtual bool becomes(const std::function<bool()>& condition) = 0;
  virtual void take_store_away() = 0;
  virtual void bring_store_back() = 0;
};

class SharedCountersContract
    : public testing::TestWithParam<std::function<std::unique_ptr<CountersUnderTest>()>> {
 protected:
  /// So slow that no unit comes back while a test runs.
  static constexpr std::chrono::hours kSlow{1};

  Result<Lease> lease(const SharedRate& rate, std::int64_t units, bool exactly = false) {
    std::optional<Result<Lease>> answer;
    under_test->counters().lease(rate, units, exactly,
                                 [&](Result<Lease> lease) { answer = std::move(lease); });
    EXPECT_TRUE(under_test->becomes([&] { return answer.has_value(); }));
    return answer.value_or(fail(ErrorCode::InternalError, "was not answered"));
  }
  std::int64_t units(const SharedRate& rate, std::int64_t wanted, bool exactly = false) {
    const auto answer = lease(rate, wanted, exactly);
    EXPECT_TRUE(answer) << answer.error().detail << " " << answer.error().context;
    return answer ? answer->units : -1;
  }

  std::unique_ptr<CountersUnderTest> under_test = GetParam()();
  /// Calls for some units again and again, through so many borders of windows; what was granted
  /// between them. Each answer says how long its window lasts.
  std::vector<std::int64_t> units_of_windows(const SharedRate& rate, std::size_t borders) {
    std::vector<std::int64_t> sums{0};
    std::chrono::nanoseconds rest = std::chrono::nanoseconds::max();
    for (std::int64_t i = 0; sums.size() <= borders; ++i) {
      const auto answer = lease(rate, 1 + i % 7, i % 3 == 0);
      if (!answer) break;
      if (answer->valid_for > rest) sums.push_back(0);
      rest = answer->valid_for;
      sums.back() += answer->units;
      const std::int64_t before = sums.size() > 1 ? sums[sums.size() - 2] : 0;
      const bool slides = rate.algorithm == LimitAlgorithm::SlidingWindow;
      const std::int64_t still = slides ? before * rest.count() / rate.per.count() : 0;
      EXPECT_LE(sums.back() + still, rate.amount) << "in window " << sums.size();
      under_test->pass(std::chrono::milliseconds(1));
    }
    return sums;
  }

  const SharedRate slow{.key = "slow", .amount = 10, .per = kSlow, .burst = 10};
  /// As slow, but each window lasts for decades, so that none ends while a test runs.
  static constexpr std::chrono::hours kDecades{24 * 365 * 40};
  const SharedRate fixed{.key = "window",
                         .amount = 10,
                         .per = kDecades,
                         .burst = 10,
                         .algorithm = LimitAlgorithm::FixedWindow};
  const SharedRate sliding{.key = "window",
                           .amount = 10,
                           .per = kDecades,
                           .burst = 10,
                           .algorithm = LimitAlgorithm::SlidingWindow};
};

TEST_P(SharedCountersContract, grants_what_is_there_and_no_more) {
  EXPECT_EQ(units(slow, 4), 4);
  EXPECT_EQ(units(slow, 4), 4);
  EXPECT_EQ(units(slow, 4), 2);
  EXPECT_EQ(units(slow, 4), 0);
}

TEST_P(SharedCountersContract, grants_all_or_nothing_where_it_must_be_exact) {
  EXPECT_EQ(units(slow, 7, true), 7);
  EXPECT_EQ(units(slow, 4, true), 0);
  EXPECT_EQ(units(slow, 3, true), 3);
}

TEST_P(SharedCountersContract, tells_when_the_next_units_come) {
  ASSERT_EQ(units(slow, 10), 10);
  const auto next = lease(slow, 5);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->units, 0);
  EXPECT_GT(next->retry_after, std::chrono::seconds(300));
  EXPECT_LE(next->retry_after, std::chrono::seconds(361));
  const auto all_five = lease(slow, 5, true);
  ASSERT_TRUE(all_five);
  EXPECT_GT(all_five->retry_after, std::chrono::seconds(1'700));
  EXPECT_LE(all_five->retry_after, std::chrono::seconds(1'801));
}

TEST_P(SharedCountersContract, a_lease_holds_for_a_while) {
  const auto first = lease(slow, 1);
  ASSERT_TRUE(first);
  EXPECT_GT(first->valid_for, std::chrono::nanoseconds(0));
}

TEST_P(SharedCountersContract, keys_do_not_share_their_units) {
  SharedRate other = slow;
  other.key = "another key with spaces {and braces}";
  EXPECT_EQ(units(slow, 10), 10);
  EXPECT_EQ(units(other, 10), 10);
}

TEST_P(SharedCountersContract, units_come_back_with_time_up_to_the_burst) {
  const SharedRate fast{.key = "fast", .amount = 1'000, .per = std::chrono::seconds(1), .burst = 5};
  ASSERT_GE(units(fast, 5), 1);
  under_test->pass(std::chrono::milliseconds(20));
  EXPECT_EQ(units(fast, 100), 5);
}

TEST_P(SharedCountersContract, refuses_while_the_store_is_away) {
  ASSERT_EQ(units(slow, 1), 1);
  EXPECT_TRUE(under_test->counters().reachable());
  under_test->take_store_away();
  const auto refused = lease(slow, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::StorageUnavailable);
  EXPECT_FALSE(under_test->counters().reachable());
}

TEST_P(SharedCountersContract, all_buckets_begin_empty_after_the_store_was_away) {
  SharedRate untouched = slow;
  untouched.key = "untouched";
  ASSERT_EQ(units(slow, 1), 1);
  // Before it knows how many there are a node has no share to use meanwhile.
  ASSERT_TRUE(under_test->becomes([&] { return under_test->counters().nodes() > 0; }));
  under_test->take_store_away();
  ASSERT_FALSE(lease(slow, 1));
  under_test->bring_store_back();
  ASSERT_TRUE(under_test->becomes([&] { return lease(slow, 1).has_value(); }));
  EXPECT_TRUE(under_test->counters().reachable());
  EXPECT_EQ(units(slow, 10), 0);
  EXPECT_EQ(units(untouched, 10), 0);
}

// ---------------------------------------------------------------------------------------- windows

TEST_P(SharedCountersContract, a_window_grants_its_amount_and_no_more) {
  for (const SharedRate& rate : {fixed, sliding}) {
    EXPECT_EQ(units(rate, 4), 4);
    EXPECT_EQ(units(rate, 7, true), 0);
    EXPECT_EQ(units(rate, 6, true), 6);
    EXPECT_EQ(units(rate, 1), 0);
  }
}

TEST_P(SharedCountersContract, a_window_without_units_tells_when_it_ends) {
  ASSERT_EQ(units(fixed, 10), 10);
  const auto next = lease(fixed, 1);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->units, 0);
  EXPECT_GT(next->retry_after, kDecades / 4);
  EXPECT_LE(next->retry_after, kDecades);
  ASSERT_EQ(units(sliding, 10), 10);
  const auto two = lease(sliding, 2, true);
  ASSERT_TRUE(two);
  EXPECT_GT(two->retry_after, next->retry_after + kDecades / 20)
      << "what was taken in this window still counts in the next one";
  EXPECT_LE(two->retry_after, next->retry_after + kDecades / 9);
}

TEST_P(SharedCountersContract, each_fixed_window_grants_its_amount_whoever_asks_how_often) {
  const SharedRate rate{.key = "quick",
                        .amount = 100,
                        .per = std::chrono::milliseconds(900),
                        .burst = 100,
                        .algorithm = LimitAlgorithm::FixedWindow};
  const auto sums = units_of_windows(rate, 2);
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_EQ(sums[1], 100) << "and it is not lost on the way";
}

TEST_P(SharedCountersContract, a_sliding_window_counts_what_is_left_of_the_one_before) {
  const SharedRate rate{.key = "quick",
                        .amount = 100,
                        .per = std::chrono::milliseconds(900),
                        .burst = 100,
                        .algorithm = LimitAlgorithm::SlidingWindow};
  const auto sums = units_of_windows(rate, 3);
  ASSERT_EQ(sums.size(), 4U);
  EXPECT_GE(sums[1] + sums[2], 100) << "and it is not lost on the way";
}

TEST_P(SharedCountersContract, units_of_a_window_come_when_it_was_said) {
  for (const auto algorithm : {LimitAlgorithm::FixedWindow, LimitAlgorithm::SlidingWindow}) {
    const SharedRate rate{.key = "quick",
                          .amount = 5,
                          .per = std::chrono::milliseconds(300),
                          .burst = 5,
                          .algorithm = algorithm};
    while (units(rate, 5) > 0) {
    }
    const auto next = lease(rate, 1);
    ASSERT_TRUE(next);
    under_test->pass(next->retry_after);
    EXPECT_GE(units(rate, 5), 1);
  }
}

TEST_P(SharedCountersContract, an_algorithm_does_not_read_what_another_has_written) {
  SharedRate bucket = fixed;
  bucket.algorithm = LimitAlgorithm::Gcra;
  EXPECT_EQ(units(bucket, 10), 10);
  EXPECT_EQ(units(fixed, 10), 10);
  EXPECT_EQ(units(sliding, 10), 10);
  SharedRate shorter = fixed;
  shorter.per -= std::chrono::hours(1);
  EXPECT_EQ(units(shorter, 10), 10);
}

TEST_P(SharedCountersContract, a_changed_amount_of_a_window_leaves_taken_what_was_taken) {
  SharedRate changed = fixed;
  ASSERT_EQ(units(changed, 10), 10);
  changed.amount = changed.burst = 15;
  EXPECT_EQ(units(changed, 10), 5);
  changed.amount = changed.burst = 12;
  EXPECT_EQ(units(changed, 10), 0);
}

TEST_P(SharedCountersContract, all_windows_begin_empty_after_the_store_was_away_and_fill_evenly) {
  ASSERT_EQ(units(slow, 1), 1);
  ASSERT_EQ(units(fixed, 1), 1);
  ASSERT_TRUE(under_test->becomes([&] { return under_test->counters().nodes() > 0; }));
  under_test->take_store_away();
  ASSERT_FALSE(lease(slow, 1));
  under_test->bring_store_back();
  ASSERT_TRUE(under_test->becomes([&] { return lease(slow, 1).has_value(); }));
  EXPECT_EQ(units(fixed, 10), 0);
  EXPECT_EQ(units(sliding, 10), 0);
  for (SharedRate busy : {fixed, sliding}) {
    busy.key = "busy";
    busy.amount = busy.burst = 10'000'000'000'000;  // eight a millisecond
    EXPECT_LT(units(busy, 10'000'000'000), 1'000'000);
    under_test->pass(std::chrono::milliseconds(20));
    const std::int64_t evenly = units(busy, 10'000'000'000);
    EXPECT_GE(evenly, 100);
    EXPECT_LT(evenly, 1'000'000);
  }
}

}  // namespace apiforge::shared_state
