#include "policy/retry.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::uint64_t kRetrySeed = 20261105;
constexpr MonotonicTime kRetryStart{std::chrono::hours(1)};

class RetryTest : public testing::Test {
 protected:
  void given(const model::Retry& retry) {
    auto compiled = RetryRule::compile(retry);
    ASSERT_TRUE(compiled) << compiled.error().detail;
    rule_ = *compiled;
  }
  void SetUp() override { given({.attempts = 3}); }

  RetryDecision decide(const Attempt& attempt) {
    RetryBudget fresh;
    return rule_.decide(attempt, fresh, kRetryStart, random_);
  }
  bool repeats(const Attempt& attempt) { return decide(attempt).retry; }

  /// A GET that was refused a connection.
  static Attempt refused() {
    return {.outcome = AttemptOutcome::ConnectFailed, .idempotent = true, .sent_upstream = false};
  }
  static Attempt answered(int status) {
    return {.outcome = AttemptOutcome::Answered, .status = status, .idempotent = true};
  }

  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(kRetrySeed)};
  Random random_{kRetrySeed};
  RetryRule rule_;
};

TEST_F(RetryTest, repeats_idempotent_calls_on_the_configured_failures) {
  EXPECT_TRUE(repeats(refused()));
  EXPECT_TRUE(repeats({.outcome = AttemptOutcome::LostBeforeReply, .idempotent = true}));
  EXPECT_TRUE(repeats({.outcome = AttemptOutcome::ReplyTimeout, .idempotent = true}));
  for (const int status : {502, 503, 504}) EXPECT_TRUE(repeats(answered(status))) << status;
  for (const int status : {200, 302, 404, 429, 500, 501, 505, 0, 600}) {
    EXPECT_FALSE(repeats(answered(status))) << status;
  }
}

TEST_F(RetryTest, repeats_nothing_that_is_not_configured) {
  given({.attempts = 3, .on = {"503"}});
  EXPECT_FALSE(repeats(refused()));
  EXPECT_FALSE(repeats(answered(502)));
  EXPECT_TRUE(repeats(answered(503)));
  EXPECT_FALSE(repeats({.outcome = AttemptOutcome::ReplyTimeout, .idempotent = true}));
}

TEST_F(RetryTest, never_sends_a_call_twice_that_may_have_been_executed) {
  for (const auto outcome : {AttemptOutcome::LostBeforeReply, AttemptOutcome::ReplyTimeout,
                             AttemptOutcome::LostDuringReply}) {
    EXPECT_FALSE(repeats({.outcome = outcome}));
    EXPECT_FALSE(repeats({.outcome = outcome, .reused_connection = true}));
  }
  Attempt post = answered(503);
  post.idempotent = false;
  EXPECT_FALSE(repeats(post));
}

TEST_F(RetryTest, repeats_any_method_of_which_nothing_was_sent) {
  Attempt post = refused();
  post.idempotent = false;
  EXPECT_TRUE(repeats(post));
  EXPECT_TRUE(repeats({.outcome = AttemptOutcome::LostBeforeReply, .sent_upstream = false}));
}

TEST_F(RetryTest, never_repeats_once_the_caller_saw_a_byte_or_the_body_is_gone) {
  for (Attempt attempt : {refused(), answered(503)}) {
    attempt.reached_caller = true;
    EXPECT_FALSE(repeats(attempt));
    attempt.reached_caller = false;
    attempt.body_replayable = false;
    EXPECT_FALSE(repeats(attempt));
  }
  EXPECT_FALSE(repeats({.outcome = AttemptOutcome::LostDuringReply, .idempotent = true}));
}

TEST_F(RetryTest, stops_after_the_configured_attempts) {
  Attempt attempt = refused();
  attempt.number = 2;
  EXPECT_TRUE(repeats(attempt));
  attempt.number = 3;
  EXPECT_FALSE(repeats(attempt));
  given({.attempts = 1});
  EXPECT_FALSE(repeats(refused()));
  rule_ = RetryRule();
  EXPECT_FALSE(repeats(refused()));
}

// A pooled connection that the upstream closed just as a request was sent gave a 502 to the caller.
TEST_F(RetryTest, a_stale_connection_is_replaced_at_once_and_costs_no_budget) {
  given({.attempts = 1, .on = {}});
  RetryBudget empty({.percent = 0, .minimum = 0});
  Attempt attempt{.outcome = AttemptOutcome::LostBeforeReply,
                  .number = 1,
                  .idempotent = true,
                  .reused_connection = true};
  auto decision = rule_.decide(attempt, empty, kRetryStart, random_);
  EXPECT_TRUE(decision.retry && decision.stale_connection);
  EXPECT_EQ(decision.backoff, nanoseconds(0));

  attempt.idempotent = false;
  EXPECT_FALSE(rule_.decide(attempt, empty, kRetryStart, random_).retry);
  attempt.sent_upstream = false;
  EXPECT_TRUE(rule_.decide(attempt, empty, kRetryStart, random_).retry);
  attempt.reused_connection = false;
  EXPECT_FALSE(rule_.decide(attempt, empty, kRetryStart, random_).retry);
}

// A few calls to a refusing endpoint used the budget up before the endpoint was ejected, and the
// next caller saw the refusal although another endpoint was well.
TEST_F(RetryTest, going_elsewhere_after_a_refused_connection_needs_no_budget) {
  RetryBudget budget;
  Attempt attempt = refused();
  attempt.elsewhere = true;
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(rule_.decide(attempt, budget, kRetryStart, random_).retry);
  attempt.idempotent = false;
  EXPECT_TRUE(rule_.decide(attempt, budget, kRetryStart, random_).retry) << "nothing was sent";
  attempt.number = 3;
  EXPECT_FALSE(rule_.decide(attempt, budget, kRetryStart, random_).retry)
      << "attempts stay bounded";
  int spent = 0;
  while (budget.try_spend(kRetryStart)) ++spent;
  EXPECT_EQ(spent, 5) << "nothing was taken out";
}

TEST_F(RetryTest, whatever_adds_load_needs_budget_elsewhere_too) {
  RetryBudget empty;
  while (empty.try_spend(kRetryStart)) {
  }
  EXPECT_FALSE(rule_.decide(refused(), empty, kRetryStart, random_).retry)
      << "the same endpoint again";
  Attempt sent = answered(503);
  sent.elsewhere = true;
  EXPECT_FALSE(rule_.decide(sent, empty, kRetryStart, random_).retry);
  sent.outcome = AttemptOutcome::LostBeforeReply;
  EXPECT_FALSE(rule_.decide(sent, empty, kRetryStart, random_).retry);
  sent.outcome = AttemptOutcome::ReplyTimeout;
  EXPECT_FALSE(rule_.decide(sent, empty, kRetryStart, random_).retry);
}

TEST_F(RetryTest, the_backoff_doubles_is_jittered_and_bounded) {
  given({.attempts = 50, .backoff = milliseconds(25)});
  const std::pair<std::uint32_t, int> bounds[] = {{1, 25}, {2, 50}, {4, 200}, {5, 250}, {40, 250}};
  for (const auto& [number, milliseconds_bound] : bounds) {
    const nanoseconds bound = milliseconds(milliseconds_bound);
    Attempt attempt = refused();
    attempt.number = number;
    nanoseconds smallest = seconds(1), largest{0};
    for (int i = 0; i < 2'000; ++i) {
      const auto decision = decide(attempt);
      ASSERT_TRUE(decision.retry);
      smallest = std::min(smallest, decision.backoff);
      largest = std::max(largest, decision.backoff);
    }
    EXPECT_LT(largest, bound);
    EXPECT_GT(largest, bound * 98 / 100);
    EXPECT_LT(smallest, bound * 2 / 100);
  }
}

TEST_F(RetryTest, does_not_wait_beyond_the_deadline) {
  Attempt attempt = refused();
  attempt.remaining = nanoseconds(0);
  EXPECT_FALSE(repeats(attempt));
  attempt.reused_connection = true;
  attempt.outcome = AttemptOutcome::LostBeforeReply;
  EXPECT_FALSE(repeats(attempt));
  attempt = refused();
  attempt.remaining = milliseconds(1);
  for (int i = 0; i < 1'000; ++i) {
    const auto decision = decide(attempt);
    if (decision.retry) {
      ASSERT_LT(decision.backoff, milliseconds(1));
    }
  }
}

TEST_F(RetryTest, refuses_conditions_it_does_not_know) {
  for (const auto* condition : {"5xx", "timeout", "499", "600", "", "-503"}) {
    const auto compiled = RetryRule::compile({.on = {condition}});
    ASSERT_FALSE(compiled) << condition;
    EXPECT_EQ(compiled.error().code, ErrorCode::InvalidConfiguration);
  }
}

TEST(RetryBudget, allows_a_few_repeats_without_traffic_and_a_share_with_it) {
  RetryBudget budget;
  int spent = 0;
  while (budget.try_spend(kRetryStart)) ++spent;
  EXPECT_EQ(spent, 5);
  for (int i = 0; i < 100; ++i) budget.on_call(kRetryStart);
  while (budget.try_spend(kRetryStart)) ++spent;
  EXPECT_EQ(spent, 20);
  EXPECT_FALSE(budget.try_spend(kRetryStart + seconds(9)));
  EXPECT_TRUE(budget.try_spend(kRetryStart + seconds(10)));
}

TEST(RetryBudget, forgets_calls_when_they_leave_the_window) {
  RetryBudget budget;
  for (int i = 0; i < 1'000; ++i) budget.on_call(kRetryStart);
  const auto later = kRetryStart + seconds(3'600);
  int spent = 0;
  while (budget.try_spend(later)) ++spent;
  EXPECT_EQ(spent, 5);
}

TEST(RetryBudget, repeats_are_never_more_than_a_fifth_of_the_calls_or_five) {
  SCOPED_TRACE(testing::Message() << "seed " << kRetrySeed);
  Random random(kRetrySeed);
  for (int round = 0; round < 100; ++round) {
    RetryBudget budget;
    std::deque<MonotonicTime> calls, retries;
    auto now = kRetryStart;
    std::uint64_t all_calls = 0, all_retries = 0;
    const auto pace = 1 + random.below(50'000'000);
    for (int event = 0; event < 5'000; ++event) {
      now += nanoseconds(random.below(pace));
      budget.on_call(now);
      calls.push_back(now), ++all_calls;
      // The upstream fails every call; each wants to be repeated, some twice.
      for (auto wish = random.below(3); wish > 0; --wish) {
        if (budget.try_spend(now)) retries.push_back(now), ++all_retries;
      }
      while (calls.front() <= now - seconds(10)) calls.pop_front();
      while (!retries.empty() && retries.front() <= now - seconds(9)) retries.pop_front();
      // The window is counted in half seconds: between 9.5 and 10 s long.
      ASSERT_LE(retries.size(), calls.size() / 5 + 6);
    }
    const auto windows = static_cast<std::uint64_t>((now - kRetryStart) / milliseconds(9'500)) + 1;
    ASSERT_LE(all_retries, all_calls / 5 + 6 * windows);
  }
}

}  // namespace
}  // namespace apiforge::policy
