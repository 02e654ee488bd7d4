#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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

TEST_F(LimiterTest, what_a_long_call_used_is_charged_though_its_counter_was_forgotten) {
  // A stream that outlived its idle counter was charged to nobody.
  for (const std::int64_t reserved : {0, 1}) {
    const std::string name = "t" + std::to_string(reserved);
    given({rate_quota(name, 100, seconds(60), model::LimitUnit::Tokens)});
    Holding holding;
    ASSERT_EQ(admit(caller("k", 7), holding, {.tokens = reserved, .settles = true}).ruling,
              Ruling::Admitted);
    clock_.advance(seconds(5));
    sweep();
    ASSERT_EQ(table_.usage().counters, 0U);
    holding.settle({.tokens = 500});
    EXPECT_EQ(call(caller("k", 7), {.tokens = 1}), Ruling::Refused) << name;
    clock_.advance(seconds(120));
    sweep();
  }
}

TEST_F(LimiterTest, it_is_charged_to_the_counter_of_the_others_when_there_is_no_room) {
  LimitTable table({.callers_max = 1});
  limiter_ = std::make_unique<Limiter>(Limiter::Needs{
      .table = table, .post = [](const auto& /*work*/) {}, .now = [this] { return clock_.now(); }});
  model::Quota quota = rate_quota("t", 100, seconds(60), model::LimitUnit::Tokens);
  quota.match.key = "*";
  given({quota});
  Holding holding;
  ASSERT_EQ(admit(caller("a", 1), holding, {.tokens = 0, .settles = true}).ruling,
            Ruling::Admitted);
  clock_.advance(seconds(5));
  ASSERT_EQ(call(caller("b", 2), {.tokens = 100}), Ruling::Admitted);
  EXPECT_EQ(call(caller("c", 3), {.tokens = 1}), Ruling::Admitted);
  holding.settle({.tokens = 500});
  EXPECT_EQ(call(caller("c", 3), {.tokens = 1}), Ruling::Refused);
  limiter_.reset();
}

TEST_F(LimiterTest, counts_a_period_in_memory_where_nothing_is_durable) {
  given({period_quota("day", 100)});
  EXPECT_EQ(admitted_of(150, caller("k", 7)), 100);
  const Verdict verdict = look(caller("k", 7));
  EXPECT_EQ(verdict.ruling, Ruling::Refused);
  EXPECT_GT(verdict.retry_after, seconds(1));
  clock_.advance(verdict.retry_after);
  EXPECT_EQ(admitted_of(150, caller("k", 7)), 100);
}

TEST_F(LimiterTest, a_changed_amount_of_a_period_leaves_used_what_was_used) {
  given({period_quota("day", 100)});
  EXPECT_EQ(admitted_of(60, caller("k", 7)), 60);
  given({period_quota("day", 70)});
  EXPECT_EQ(admitted_of(60, caller("k", 7)), 10);
  given({period_quota("day", 200)});
  EXPECT_EQ(admitted_of(500, caller("k", 7)), 130);
}

TEST_F(LimiterTest, a_budget_is_reserved_and_settled) {
  given({period_quota("money", 1'000, model::LimitUnit::Usd)});
  Holding holding;
  ASSERT_EQ(admit(caller("k"), holding, {.usd = {900}}).ruling, Ruling::Admitted);
  EXPECT_EQ(call(caller("k"), {.usd = {200}}), Ruling::Refused);
  holding.settle({.usd = {100}});
  EXPECT_EQ(look(caller("k"), {.usd = {0}}).remaining, 900);
  ASSERT_EQ(admit(caller("k"), holding, {.usd = {10}}).ruling, Ruling::Admitted);
  holding.settle({.usd = {950}});
  EXPECT_EQ(call(caller("k"), {.usd = {1}}), Ruling::Refused) << "charged above what was left";
  EXPECT_EQ(look(caller("k"), {.usd = {1}}).remaining, 0);
}

TEST_F(LimiterTest, what_was_reserved_in_one_period_does_not_come_back_in_the_next) {
  given({period_quota("money", 1'000, model::LimitUnit::Usd)});
  Holding holding;
  ASSERT_EQ(admit(caller("k"), holding, {.usd = {900}}).ruling, Ruling::Admitted);
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(look(caller("k"), {.usd = {0}}).remaining, 1'000);
  holding.release();
  EXPECT_EQ(look(caller("k"), {.usd = {0}}).remaining, 1'000);
}

TEST_F(LimiterTest, use_above_a_reservation_is_charged_to_the_period_in_which_the_call_ends) {
  // Calls that ended after their minute were charged nothing.
  for (const bool others_came_first : {false, true}) {
    given({period_quota(others_came_first ? "b" : "a", 1'000, model::LimitUnit::Usd)});
    Holding holding;
    ASSERT_EQ(admit(caller("k"), holding, {.usd = {100}}).ruling, Ruling::Admitted);
    clock_.advance(std::chrono::hours(24));
    if (others_came_first) {
      EXPECT_EQ(call(caller("k"), {.usd = {50}}), Ruling::Admitted);
    }
    holding.settle({.usd = {700}});
    EXPECT_EQ(look(caller("k"), {.usd = {0}}).remaining, others_came_first ? 350 : 400);
  }
}

TEST_F(LimiterTest, an_enormous_use_leaves_nothing) {
  // Two of them made a debt that turned into a fortune.
  given({period_quota("money", 1'000, model::LimitUnit::Usd)});
  std::vector<Holding> holdings(2);
  for (Holding& holding : holdings) {
    ASSERT_EQ(admit(caller("k", 7), holding, {.usd = {10}}).ruling, Ruling::Admitted);
  }
  for (Holding& holding : holdings) {
    holding.settle({.usd = {std::numeric_limits<std::int64_t>::max()}});
  }
  EXPECT_EQ(call(caller("k", 7), {.usd = {1}}), Ruling::Refused);
  EXPECT_EQ(look(caller("k", 7), {.usd = {0}}).remaining, 0);
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
