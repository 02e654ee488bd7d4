#include <gtest/gtest.h>

#include "quota/prepaid_fixture.hpp"

namespace apiforge::quota {
namespace {

/// Callers under a quota of 100 a day each, and more of them than there is room for.
class FullTableTest : public PrepaidTest {
 protected:
  static constexpr std::size_t kBytes = 64U * 10'000U;
  static constexpr int kMore = 5'000;

  void given_quota(model::LimitUnit unit = model::LimitUnit::Requests) {
    durable_ = &store_;
    store_.block = 10;
    model::Quota quota = period_quota("day", 100, unit);
    quota.match.key = "*";
    given({quota});
  }
  std::int64_t used_by(int number) { return store_.used("key=" + std::to_string(number)); }
  Ruling call_of(int number, const Costs& costs = {}) {
    return call_and_wait(caller(std::to_string(number)), costs);
  }
  /// One call of each of so many callers; how many were not admitted.
  int refused_of(int callers, const Costs& costs = {}) {
    int refused = 0;
    for (int i = 0; i < callers; ++i) {
      clock_.advance(milliseconds(1));
      refused += call_of(i, costs) == Ruling::Admitted ? 0 : 1;
    }
    return refused;
  }
};

TEST_F(FullTableTest, who_was_not_seen_for_longest_makes_room_and_gives_its_units_back) {
  // All who came later shared the quota of one.
  given_quota();
  EXPECT_EQ(refused_of(kMore), 0);
  EXPECT_LE(table_.usage().bytes, kBytes);
  EXPECT_EQ(used_by(0), 1) << "what it used, and no more";
  EXPECT_EQ(used_by(kMore - 1), 10) << "has a block";
  EXPECT_EQ(table_.usage().overflowed, 0U);
}

TEST_F(FullTableTest, who_made_room_has_what_it_had) {
  given_quota();
  EXPECT_EQ(admitted_waiting(60, caller("0")), 60);
  EXPECT_EQ(refused_of(kMore), 0);
  EXPECT_EQ(admitted_waiting(60, caller("0")), 39);
  EXPECT_EQ(used_by(0), 100);
}

TEST_F(FullTableTest, who_owes_stays) {
  given_quota(model::LimitUnit::Tokens);
  Holding holding;
  ASSERT_EQ(admit_and_wait(caller("0"), holding, {.tokens = 1}), Ruling::Admitted);
  holding.settle({.tokens = 90});
  const std::int64_t paid = used_by(0);
  EXPECT_EQ(refused_of(kMore, {.tokens = 1}), 0);
  EXPECT_EQ(call_of(0, {.tokens = 20}), Ruling::Refused)
      << "owes more than the " << paid << " paid";
}

TEST_F(FullTableTest, who_is_under_way_is_charged_though_it_made_room) {
  given_quota(model::LimitUnit::Tokens);
  Holding holding;
  ASSERT_EQ(admit_and_wait(caller("x"), holding, {.tokens = 1}), Ruling::Admitted);
  EXPECT_EQ(refused_of(kMore, {.tokens = 1}), 0);
  EXPECT_EQ(store_.used("key=x"), 1);
  holding.settle({.tokens = 51});
  EXPECT_EQ(call_and_wait(caller("x"), {.tokens = 50}), Ruling::Refused);
  EXPECT_EQ(call_and_wait(caller("x"), {.tokens = 49}), Ruling::Admitted);
}

TEST_F(FullTableTest, while_the_store_is_away_nobody_makes_room_and_newcomers_share_a_counter) {
  given_quota();
  store_.away = true;
  refused_of(kMore);
  const std::size_t blocks = table_.usage().blocks;
  EXPECT_LE(table_.usage().bytes, kBytes + 1'000U);
  EXPECT_GE(table_.usage().overflowed, kMore / 2U) << "which /health tells";
  store_.away = false;
  clock_.advance(std::chrono::minutes(11));
  EXPECT_EQ(call_of(kMore), Ruling::Admitted);
  EXPECT_LT(table_.usage().blocks, blocks) << "after ten minutes they go";
  EXPECT_EQ(used_by(kMore), 10);
}

}  // namespace
}  // namespace apiforge::quota
