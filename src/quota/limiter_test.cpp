#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quota/limit_fixture.hpp"

namespace apiforge::quota {
namespace {

TEST_F(LimiterTest, admits_all_where_no_limit_is) {
  given({});
  EXPECT_EQ(call(caller("k")), Ruling::Admitted);
  EXPECT_EQ(look(caller("k")).limit, nullptr);
}

TEST_F(LimiterTest, admits_what_the_rate_allows_and_says_when_to_come_back) {
  given({rate_quota("r", 10)});
  EXPECT_EQ(admitted_of(15, caller("k", 7)), 10);
  Holding holding;
  const Verdict verdict = admit(caller("k", 7), holding);
  EXPECT_EQ(verdict.ruling, Ruling::Refused);
  EXPECT_TRUE(holding.empty());
  ASSERT_NE(verdict.limit, nullptr);
  EXPECT_EQ(verdict.limit->config->name, "r");
  EXPECT_EQ(verdict.retry_after, milliseconds(100));
  clock_.advance(milliseconds(100));
  EXPECT_EQ(admitted_of(5, caller("k", 7)), 1);
}

TEST_F(LimiterTest, a_counter_for_each_value_of_a_star) {
  model::Quota quota = rate_quota("r", 2);
  quota.match.key = "*";
  given({quota});
  EXPECT_EQ(admitted_of(5, caller("a", 1)), 2);
  EXPECT_EQ(admitted_of(5, caller("b", 2)), 2);
  EXPECT_EQ(admitted_of(5, caller("a", 1)), 0);
}

TEST_F(LimiterTest, a_caller_without_a_key_counts_under_its_user_then_its_address) {
  model::Quota quota = rate_quota("r", 2);
  quota.match.key = "*";
  given({quota});
  Subject session = caller("");
  EXPECT_EQ(admitted_of(5, session), 2);
  session.user = "ann";
  EXPECT_EQ(admitted_of(5, session), 2);
  session.user = "";
  EXPECT_EQ(admitted_of(5, session), 2);
  session.client = "10.0.0.2";
  EXPECT_EQ(admitted_of(5, session), 2);
}

TEST_F(LimiterTest, a_refused_call_takes_nothing_from_any_limit) {
  given({rate_quota("wide", 100), rate_quota("narrow", 3), running_quota("running", 50)});
  EXPECT_EQ(admitted_of(50, caller("k", 7)), 3);
  EXPECT_EQ(counts(0).admitted, 3U);
  model::Quota narrow = rate_quota("narrow", 3);
  narrow.enabled = false;
  given({rate_quota("wide", 100), narrow, running_quota("running", 50)});
  EXPECT_EQ(admitted_of(200, caller("k", 7)), 97);
}

TEST_F(LimiterTest, gives_places_back_on_each_way_a_call_can_end) {
  given({running_quota("running", 2)});
  Holding first;
  Holding second;
  Holding third;
  EXPECT_EQ(admit(caller("k", 7), first).ruling, Ruling::Admitted);
  EXPECT_EQ(admit(caller("k", 7), second).ruling, Ruling::Admitted);
  EXPECT_EQ(admit(caller("k", 7), third).ruling, Ruling::Refused);
  first.settle({});
  EXPECT_EQ(admit(caller("k", 7), third).ruling, Ruling::Admitted);
  second.release();
  {
    const Holding dropped = std::move(third);
  }
  EXPECT_EQ(look(caller("k", 7)).remaining, 1);  // after this one
  EXPECT_EQ(admitted_of(5, caller("k", 7)), 5);
}

TEST_F(LimiterTest, release_gives_requests_back_and_settle_does_not) {
  given({rate_quota("r", 2)});
  Holding holding;
  ASSERT_EQ(admit(caller("k", 7), holding).ruling, Ruling::Admitted);
  holding.release();
  EXPECT_EQ(admitted_of(5, caller("k", 7)), 2);
}

TEST_F(LimiterTest, settles_tokens_with_what_was_used) {
  given({rate_quota("t", 100, seconds(60), model::LimitUnit::Tokens)});
  Holding holding;
  ASSERT_EQ(admit(caller("k", 7), holding, {.tokens = 80}).ruling, Ruling::Admitted);
  holding.settle({.tokens = 20});
  EXPECT_EQ(look(caller("k", 7), {.tokens = 1}).remaining, 79);
  ASSERT_EQ(admit(caller("k", 7), holding, {.tokens = 10}).ruling, Ruling::Admitted);
  holding.settle({.tokens = 500});
  EXPECT_EQ(call(caller("k", 7), {.tokens = 1}), Ruling::Refused);
  EXPECT_EQ(call(caller("k", 7), {.tokens = 0}), Ruling::Admitted) << "costs nothing";
  EXPECT_EQ(call(caller("k", 7), {.tokens = 0, .settles = true}), Ruling::Refused);
}

TEST_F(LimiterTest, a_cost_above_the_limit_can_never_pass) {
  given({rate_quota("w", 10, seconds(1), model::LimitUnit::Weight)});
  Holding holding;
  const Verdict verdict = admit(caller("k"), holding, {.weight = 11});
  EXPECT_EQ(verdict.ruling, Ruling::Refused);
  EXPECT_TRUE(verdict.never);
}

TEST_F(LimiterTest, keeps_a_reserve_for_urgent_calls) {
  model::Quota quota = rate_quota("r", 10);
  quota.reserve_percent = 40;
  quota.priority = model::PriorityClass::Order;
  given({quota});
  Subject urgent = caller("k", 7);
  urgent.priority = model::PriorityClass::Cancel;
  EXPECT_EQ(admitted_of(20, caller("k", 7)), 6);
  EXPECT_EQ(admitted_of(20, urgent), 4);
}

TEST_F(LimiterTest, the_default_limit_holds_where_no_quota_counts_requests) {
  model::Quota orders = rate_quota("orders", 3);
  orders.match.path = "/orders";
  given({orders, rate_quota("weight", 1'000, seconds(1), model::LimitUnit::Weight)}, 5);
  Subject other = caller("k", 7);
  other.path = "/ordersheet";
  EXPECT_EQ(admitted_of(20, caller("k", 7)), 3);
  EXPECT_EQ(admitted_of(20, other), 5);
  Holding holding;
  const Verdict refused = admit(other, holding);
  ASSERT_NE(refused.limit, nullptr);
  EXPECT_TRUE(refused.limit->is_default);
}

TEST_F(LimiterTest, names_the_limit_with_the_least_left) {
  given({rate_quota("wide", 100), rate_quota("narrow", 10)}, 50);
  Holding holding;
  const Verdict verdict = admit(caller("k", 7), holding);
  ASSERT_NE(verdict.limit, nullptr);
  EXPECT_EQ(verdict.limit->config->name, "narrow");
  EXPECT_EQ(verdict.remaining, 9);
}

TEST_F(LimiterTest, a_limit_may_send_its_calls_to_the_fallback_chain) {
  model::Quota quota = rate_quota("r", 1);
  quota.on_exceed = model::OnExceed::Degrade;
  given({quota});
  EXPECT_EQ(call(caller("k", 7)), Ruling::Admitted);
  EXPECT_EQ(call(caller("k", 7)), Ruling::Degraded);
  EXPECT_EQ(counts().degraded, 1U);
  given({quota, rate_quota("strict", 1)});
  call(caller("k", 7));
  clock_.advance(milliseconds(1));
  EXPECT_NE(call(caller("k", 7)), Ruling::Admitted);
}

TEST_F(LimiterTest, a_changed_rate_keeps_what_was_counted) {
  given({rate_quota("r", 10)});
  EXPECT_EQ(admitted_of(20, caller("k", 7)), 10);
  given({rate_quota("r", 20)});
  EXPECT_EQ(admitted_of(1, caller("k", 7)), 0) << "counts went on";
  EXPECT_EQ(counts().admitted, 10U);
}

TEST_F(LimiterTest, look_takes_nothing) {
  given({rate_quota("r", 2), running_quota("n", 1)});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(look(caller("k", 7)).ruling, Ruling::Admitted);
  EXPECT_EQ(table_.usage().counters, 0U);
  EXPECT_EQ(admitted_of(5, caller("k", 7)), 2);
  EXPECT_EQ(look(caller("k", 7)).ruling, Ruling::Refused);
}

TEST_F(LimiterTest, a_call_outlives_the_book_that_admitted_it) {
  given({running_quota("n", 1)});
  Holding holding;
  ASSERT_EQ(admit(caller("k", 7), holding).ruling, Ruling::Admitted);
  for (int i = 0; i < 5; ++i) {
    given({running_quota("n", 1)});
    tick(seconds(40));
  }
  EXPECT_EQ(call(caller("k", 7)), Ruling::Refused);
  holding.settle({});
  EXPECT_EQ(call(caller("k", 7)), Ruling::Admitted);
}

TEST_F(LimiterTest, more_limits_than_fit_beside_each_other) {
  std::vector<model::Quota> quotas;
  for (int i = 0; i < 9; ++i) quotas.push_back(running_quota("n" + std::to_string(i), 2 + i));
  given(quotas);
  std::vector<Holding> holdings(3);
  EXPECT_EQ(admit(caller("k", 7), holdings[0]).ruling, Ruling::Admitted);
  EXPECT_EQ(admit(caller("k", 7), holdings[1]).ruling, Ruling::Admitted);
  EXPECT_EQ(admit(caller("k", 7), holdings[2]).ruling, Ruling::Refused);
  holdings.clear();
  EXPECT_EQ(admitted_of(5, caller("k", 7)), 5);
}

}  // namespace
}  // namespace apiforge::quota
