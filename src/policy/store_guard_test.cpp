#include "policy/store_guard.hpp"

#include <gtest/gtest.h>

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class StoreGuardTest : public testing::Test {
 protected:
  void fail_times(int times) {
    for (int i = 0; i < times; ++i) guard.failed(now);
  }

  MonotonicTime now{std::chrono::hours(1)};
  StoreGuard guard;
};

TEST_F(StoreGuardTest, admits_while_fewer_than_five_errors_come_in_a_row) {
  fail_times(4);
  EXPECT_TRUE(guard.admit(now));
  guard.succeeded();
  fail_times(4);
  EXPECT_TRUE(guard.admit(now));
  EXPECT_FALSE(guard.is_open());
}

TEST_F(StoreGuardTest, refuses_for_a_second_after_five_errors_in_a_row) {
  fail_times(5);
  EXPECT_TRUE(guard.is_open());
  EXPECT_FALSE(guard.admit(now));
  EXPECT_FALSE(guard.admit(now + milliseconds(999)));
}

TEST_F(StoreGuardTest, lets_one_probe_through_after_the_pause) {
  fail_times(5);
  now += seconds(1);
  EXPECT_TRUE(guard.admit(now));
  EXPECT_FALSE(guard.admit(now));
}

TEST_F(StoreGuardTest, admits_all_after_a_probe_that_was_answered) {
  fail_times(5);
  now += seconds(1);
  ASSERT_TRUE(guard.admit(now));
  guard.succeeded();
  EXPECT_TRUE(guard.admit(now));
  EXPECT_TRUE(guard.admit(now));
}

TEST_F(StoreGuardTest, waits_another_second_after_a_probe_that_failed) {
  fail_times(5);
  now += seconds(1);
  ASSERT_TRUE(guard.admit(now));
  now += milliseconds(20);
  guard.failed(now);
  EXPECT_FALSE(guard.admit(now + milliseconds(999)));
  EXPECT_TRUE(guard.admit(now + seconds(1)));
}

TEST_F(StoreGuardTest, is_not_stuck_when_a_probe_never_ends) {
  fail_times(5);
  now += seconds(1);
  ASSERT_TRUE(guard.admit(now));
  EXPECT_TRUE(guard.admit(now + seconds(1)));
}

}  // namespace
}  // namespace apiforge::policy
