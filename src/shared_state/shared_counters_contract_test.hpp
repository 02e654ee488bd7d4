// What every adapter of SharedCounters must do. Included by one test file of each, which says
//   INSTANTIATE_TEST_SUITE_P(Memory, SharedCountersContract, ...)
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>

#include "shared_state/shared_counters.hpp"

namespace apiforge::shared_state {

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
  const SharedRate slow{.key = "slow", .amount = 10, .per = kSlow, .burst = 10};
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

TEST_P(SharedCountersContract, a_lease_holds_for_a_while_and_names_the_nodes) {
  const auto first = lease(slow, 1);
  ASSERT_TRUE(first);
  EXPECT_GT(first->valid_for, std::chrono::nanoseconds(0));
  EXPECT_GE(first->nodes, 1U);
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

}  // namespace apiforge::shared_state
