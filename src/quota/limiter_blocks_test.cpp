#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quota/prepaid_fixture.hpp"

namespace apiforge::quota {
namespace {

TEST_F(PrepaidTest, admits_exactly_the_amount_in_blocks) {
  durable_ = &store_;
  store_.block = 10;
  given({period_quota("day", 100)});
  EXPECT_EQ(admitted_waiting(150, caller("k", 7)), 100);
  EXPECT_EQ(store_.used(""), 100);
  EXPECT_LE(store_.asked, 30U) << "nobody asks before the store said so";
  EXPECT_EQ(counts().queued, 0U) << "a moment for a block is no place in a line";
}

TEST_F(PrepaidTest, fetches_the_next_block_before_the_first_is_used_up) {
  durable_ = &store_;
  store_.block = 10;
  given({period_quota("day", 100)});
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Admitted);
  int waits = 0;
  for (int i = 0; i < 80; ++i) {
    waits += call(caller("k", 7)) == Ruling::Wait ? 1 : 0;
    store_.answer();
    run_posted();
  }
  EXPECT_EQ(waits, 0);
}

TEST_F(PrepaidTest, many_that_wait_are_served_by_one_question) {
  durable_ = &store_;
  given({period_quota("day", 100)});
  std::vector<TurnCounter> waiters(20);
  for (TurnCounter& waiter : waiters) {
    Holding holding;
    const Verdict verdict = admit(caller("k", 7), holding);
    ASSERT_EQ(verdict.ruling, Ruling::Wait);
    ASSERT_TRUE(limiter_->enqueue(verdict, caller("k", 7), clock_.now(), clock_.now() + seconds(1),
                                  waiter));
  }
  run_posted();
  std::size_t answered = 0;
  for (int i = 0; i < 3; ++i) {
    answered += store_.answer();
    run_posted();
  }
  EXPECT_LE(answered, 3U);
  for (const TurnCounter& waiter : waiters) EXPECT_EQ(waiter.turns, 1);
}

TEST_F(PrepaidTest, gives_back_at_a_clean_stop_what_was_not_used) {
  durable_ = &store_;
  store_.block = 10;
  given({period_quota("day", 100)});
  EXPECT_EQ(admitted_waiting(3, caller("k", 7)), 3);
  limiter_.reset();
  table_.give_back_blocks(&store_, nullptr);
  EXPECT_EQ(store_.used(""), 3);
}

TEST_F(PrepaidTest, an_answer_after_the_end_tells_nobody_and_is_not_lost) {
  durable_ = &store_;
  given({period_quota("day", 100)});
  Holding holding;
  TurnCounter waiter;
  const Verdict verdict = admit(caller("k"), holding);
  ASSERT_TRUE(
      limiter_->enqueue(verdict, caller("k"), clock_.now(), clock_.now() + seconds(1), waiter));
  limiter_.reset();
  table_.give_back_blocks(&store_, nullptr);
  store_.answer();
  EXPECT_EQ(store_.used(""), 0);
  run_posted();
  EXPECT_EQ(waiter.turns, 0);
}

TEST_F(PrepaidTest, a_changed_amount_gives_the_block_back_and_asks_anew) {
  durable_ = &store_;
  store_.block = 50;
  given({period_quota("day", 100)});
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Admitted);
  given({period_quota("day", 99)});
  EXPECT_EQ(call(caller("k", 7)), Ruling::Wait);
  EXPECT_EQ(store_.given_back, 49);
}

TEST_F(PrepaidTest, a_strict_limit_asks_for_exactly_each_call) {
  shared_ = &store_;
  model::Quota quota = rate_quota("strict", 100);
  quota.strict = true;
  given({quota});
  EXPECT_EQ(admitted_waiting(10, caller("k", 7)), 10);
  EXPECT_EQ(store_.used(""), 10);
  EXPECT_EQ(store_.asked, 10U);
}

TEST_F(PrepaidTest, a_refused_large_call_leaves_the_rest_to_smaller_ones) {
  // Had all calls refused until the period was over.
  durable_ = &store_;
  model::Quota quota = period_quota("day", 100, model::LimitUnit::Weight);
  quota.strict = true;
  given({quota});
  EXPECT_EQ(call_and_wait(caller("k", 7), {.weight = 80}), Ruling::Admitted);
  EXPECT_EQ(call_and_wait(caller("k", 7), {.weight = 50}), Ruling::Refused);
  const std::size_t asked = store_.asked;
  EXPECT_EQ(call_and_wait(caller("k", 7), {.weight = 60}), Ruling::Refused);
  EXPECT_EQ(store_.asked, asked) << "as many were refused a moment ago";
  EXPECT_EQ(call_and_wait(caller("k", 7), {.weight = 10}), Ruling::Admitted);
  EXPECT_EQ(call_and_wait(caller("k", 7), {.weight = 11}), Ruling::Refused);
  EXPECT_EQ(call_and_wait(caller("k", 7), {.weight = 10}), Ruling::Admitted);
}

TEST_F(PrepaidTest, a_refused_large_call_fits_when_a_reservation_comes_back) {
  durable_ = &store_;
  model::Quota quota = period_quota("money", 100, model::LimitUnit::Usd);
  quota.strict = true;
  given({quota});
  Holding holding;
  ASSERT_EQ(admit_and_wait(caller("k", 7), holding, {.usd = {80}}), Ruling::Admitted);
  EXPECT_EQ(call_and_wait(caller("k", 7), {.usd = {50}}), Ruling::Refused);
  holding.settle({.usd = {30}});
  EXPECT_EQ(call_and_wait(caller("k", 7), {.usd = {50}}), Ruling::Admitted);
}

TEST_F(PrepaidTest, reservations_of_many_leases_that_come_back_are_no_more_than_the_limit) {
  // They came back as one burst of many times the limit.
  FakeSource source(1'000);
  shared_ = &source;
  given({rate_quota("r", 100, seconds(1), model::LimitUnit::Weight)});
  std::vector<Holding> holdings(20);
  for (Holding& holding : holdings) {
    ASSERT_EQ(admit_and_wait(caller("k", 7), holding, {.weight = 10}), Ruling::Admitted);
  }
  for (Holding& holding : holdings) holding.release();
  EXPECT_EQ(look(caller("k", 7), {.weight = 0}).remaining, 100);
}

TEST_F(PrepaidTest, units_of_a_lease_that_is_over_are_not_used) {
  shared_ = &store_;
  store_.block = 10;
  store_.valid_until = clock_.now() + seconds(1);
  given({rate_quota("r", 100)});
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Admitted);
  EXPECT_EQ(call(caller("k", 7)), Ruling::Admitted);
  clock_.advance(seconds(1));
  EXPECT_EQ(call(caller("k", 7)), Ruling::Wait);
}

TEST_F(PrepaidTest, without_the_store_a_share_of_the_rate_holds_that_starts_empty) {
  shared_ = &store_;
  store_.away = true;
  store_.node_count = 4;
  given({rate_quota("r", 100)});
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Refused);
  int admitted = 0;
  for (int i = 0; i < 1'000; ++i) {
    clock_.advance(milliseconds(10));
    admitted += call(caller("k", 7)) == Ruling::Admitted ? 1 : 0;
    store_.answer();
    run_posted();
  }
  EXPECT_LE(admitted, 250);
  EXPECT_GE(admitted, 245);
  store_.away = false;
  clock_.advance(seconds(1));
  call(caller("k", 7));
  store_.answer();
  run_posted();
  EXPECT_EQ(store_.used(""), 1) << "the first answer ends the share";
}

TEST_F(PrepaidTest, a_store_that_did_not_answer_is_asked_again_soon_and_then_ever_more_seldom) {
  shared_ = &store_;
  store_.away = true;
  given({rate_quota("r", 100)});
  call_and_wait(caller("k", 7));
  std::vector<std::size_t> asked_by;
  for (int second = 0; second < 5; ++second) {
    for (int i = 0; i < 100; ++i) {
      call(caller("k", 7));
      store_.answer();
      run_posted();
      clock_.advance(milliseconds(10));
    }
    asked_by.push_back(store_.asked);
  }
  EXPECT_EQ(asked_by[0], 4U);  // after 0, 100, 300 and 700 ms
  EXPECT_EQ(asked_by[4] - asked_by[3], 1U);
}

TEST_F(PrepaidTest, a_node_that_does_not_know_how_many_there_are_has_no_share) {
  // Had the whole rate, and so had each of the others that were started without the store.
  shared_ = &store_;
  store_.away = true;
  store_.node_count = 0;
  given({rate_quota("r", 100)});
  int admitted = 0;
  for (int i = 0; i < 100; ++i) {
    admitted += call_and_wait(caller("k", 7)) == Ruling::Admitted ? 1 : 0;
    clock_.advance(milliseconds(100));
  }
  EXPECT_EQ(admitted, 0);
  store_.node_count = 2;  // known from now on, though not from the store
  call(caller("k", 7));
  clock_.advance(seconds(1));
  EXPECT_EQ(call(caller("k", 7)), Ruling::Admitted);
}

TEST_F(PrepaidTest, nor_does_it_run_into_debt) {
  durable_ = &store_;
  store_.block = 10;
  store_.node_count = 0;
  given({period_quota("day", 100)});
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Admitted);
  store_.away = true;
  EXPECT_EQ(admitted_waiting(100, caller("k", 7)), 9) << "what was paid before";
}

TEST_F(PrepaidTest, without_the_store_calls_that_only_settle_need_a_share_and_are_charged_to_it) {
  // They were not counted at all.
  shared_ = &store_;
  store_.away = true;
  given({rate_quota("t", 10, seconds(1), model::LimitUnit::Tokens)});
  const Costs unknown{.tokens = 0, .settles = true};
  EXPECT_EQ(call_and_wait(caller("k", 7), unknown), Ruling::Refused);
  EXPECT_EQ(admitted_of(1'000, caller("k", 7), unknown), 0);
  clock_.advance(milliseconds(900));
  Holding holding;
  ASSERT_EQ(admit(caller("k", 7), holding, unknown).ruling, Ruling::Admitted);
  holding.settle({.tokens = 500});
  EXPECT_EQ(admitted_of(1'000, caller("k", 7), unknown), 0);
  clock_.advance(milliseconds(100));
  EXPECT_EQ(admitted_of(1'000, caller("k", 7), {.tokens = 1}), 1);
}

TEST_F(PrepaidTest, what_was_reserved_of_a_share_goes_back_to_that_share_only) {
  shared_ = &store_;
  store_.away = true;
  store_.block = 20;
  given({rate_quota("t", 10, seconds(1), model::LimitUnit::Tokens)});
  EXPECT_EQ(call_and_wait(caller("k", 7), {.tokens = 1}), Ruling::Refused);
  clock_.advance(seconds(1));
  Holding holding;
  ASSERT_EQ(admit(caller("k", 7), holding, {.tokens = 10}).ruling, Ruling::Admitted);
  EXPECT_EQ(call(caller("k", 7), {.tokens = 1}), Ruling::Refused);
  holding.release();
  ASSERT_EQ(admit(caller("k", 7), holding, {.tokens = 5}).ruling, Ruling::Admitted);
  Holding other;
  ASSERT_EQ(admit(caller("k", 7), other, {.tokens = 5}).ruling, Ruling::Admitted);
  store_.away = false;
  store_.answer();
  run_posted();
  EXPECT_EQ(look(caller("k", 7), {.tokens = 0}).remaining, 10) << "a lease, and no more than A";
  other.settle({.tokens = 9});
  EXPECT_EQ(look(caller("k", 7), {.tokens = 0}).remaining, 6) << "paid from the lease";
  holding.release();
  EXPECT_EQ(look(caller("k", 7), {.tokens = 0}).remaining, 6) << "came from no lease";
}

TEST_F(PrepaidTest, without_the_store_a_limit_may_deny_or_allow) {
  shared_ = &store_;
  store_.away = true;
  model::Quota quota = rate_quota("r", 1);
  quota.on_store_error = model::OnStoreError::Deny;
  given({quota});
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Unavailable);
  quota.on_store_error = model::OnStoreError::Allow;
  given({quota});
  EXPECT_EQ(admitted_of(10, caller("k", 7)), 10);
}

TEST_F(PrepaidTest, a_durable_quota_runs_into_debt_up_to_its_share_and_pays_it) {
  durable_ = &store_;
  store_.block = 10;
  store_.node_count = 2;
  given({period_quota("day", 100)});
  EXPECT_EQ(admitted_waiting(10, caller("k", 7)), 10);  // the store knows of 10 or 20
  store_.away = true;
  const auto before = store_.used("");
  EXPECT_EQ(admitted_waiting(200, caller("k", 7)), (before - 10) + (100 - before) / 2);
  store_.away = false;
  clock_.advance(seconds(2));
  EXPECT_EQ(call(caller("k", 7)), Ruling::Refused) << "asks whether the store is back";
  store_.answer();
  run_posted();
  EXPECT_LE(admitted_waiting(200, caller("k", 7)), 100 - before);
  EXPECT_EQ(store_.used(""), 100);
}

TEST_F(PrepaidTest, idle_blocks_are_forgotten_and_their_units_go_back) {
  durable_ = &store_;
  store_.block = 10;
  model::Quota quota = period_quota("day", 100);
  quota.match.key = "*";
  given({quota});
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Admitted);
  EXPECT_EQ(table_.usage().blocks, 1U);
  clock_.advance(std::chrono::minutes(11));
  sweep();
  EXPECT_EQ(table_.usage().blocks, 0U);
  EXPECT_EQ(store_.used("key=k"), 1);
  EXPECT_EQ(call_and_wait(caller("k", 7)), Ruling::Admitted);
}

TEST_F(PrepaidTest, a_debt_of_a_rate_is_forgotten_when_it_has_come_back_by_itself) {
  // The block stayed for ever.
  shared_ = &store_;
  given({rate_quota("t", 100, std::chrono::hours(1), model::LimitUnit::Tokens)});
  Holding holding;
  ASSERT_EQ(admit_and_wait(caller("k", 7), holding, {.tokens = 1}), Ruling::Admitted);
  store_.answer();
  holding.settle({.tokens = 90});
  clock_.advance(std::chrono::minutes(11));
  sweep();
  EXPECT_EQ(table_.usage().blocks, 1U);
  clock_.advance(std::chrono::hours(1));
  sweep();
  EXPECT_EQ(table_.usage().blocks, 0U);
  EXPECT_EQ(table_.usage().bytes, 0U);
}

TEST_F(PrepaidTest, what_a_long_call_used_is_charged_though_its_block_was_retired) {
  // A stream whose counter was idle for ten minutes was charged to nobody.
  durable_ = &store_;
  store_.block = 10;
  given({period_quota("day", 100, model::LimitUnit::Tokens)});
  Holding holding;
  ASSERT_EQ(admit_and_wait(caller("k", 7), holding, {.tokens = 1}), Ruling::Admitted);
  clock_.advance(std::chrono::minutes(11));
  sweep();
  ASSERT_EQ(table_.usage().blocks, 0U);
  holding.settle({.tokens = 51});
  EXPECT_EQ(call_and_wait(caller("k", 7), {.tokens = 60}), Ruling::Refused);
  EXPECT_EQ(call_and_wait(caller("k", 7), {.tokens = 49}), Ruling::Admitted);
  EXPECT_EQ(store_.used(""), 100);
}

TEST_F(PrepaidTest, names_of_callers_count_as_memory) {
  shared_ = &store_;
  model::Quota quota = rate_quota("r", 100);
  quota.match.key = "*";
  given({quota});
  look(caller("k"));
  const std::size_t with_short_name = table_.usage().bytes;
  look(caller(std::string(200, 'k')));
  EXPECT_GE(table_.usage().bytes, 2 * with_short_name + 200);
}

}  // namespace
}  // namespace apiforge::quota
