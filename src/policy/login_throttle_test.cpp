#include "policy/login_throttle.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kWindow = minutes(15);
constexpr LoginAccount kAlice{101};
constexpr LoginNetwork kHome{7};
constexpr LoginNetwork kElsewhere{8};

class LoginThrottleTest : public testing::Test {
 protected:
  void given(const LoginThrottleLimits& limits) { throttle_.emplace(limits); }

  LoginDecision ask(LoginAccount account, LoginNetwork network) {
    return throttle_->admit(now_, account, network);
  }
  /// One guess, admitted or not.
  bool guess(LoginAccount account, LoginNetwork network) {
    return try_with(account, network, LoginResult::Failure);
  }
  bool log_in(LoginAccount account, LoginNetwork network) {
    return try_with(account, network, LoginResult::Success);
  }
  int guesses(int times, LoginAccount account, LoginNetwork network) {
    int admitted = 0;
    for (int i = 0; i < times; ++i) admitted += guess(account, network) ? 1 : 0;
    return admitted;
  }
  bool try_with(LoginAccount account, LoginNetwork network, LoginResult result) {
    const LoginDecision decision = ask(account, network);
    if (!decision.admitted) return false;
    throttle_->settle(now_, decision.attempt, result);
    return true;
  }
  static LoginNetwork network(int number) { return {1'000'000u + static_cast<unsigned>(number)}; }
  static LoginAccount account(int number) { return {5'000'000u + static_cast<unsigned>(number)}; }

  MonotonicTime now_{std::chrono::hours(1)};
  std::optional<LoginThrottle> throttle_{LoginThrottleLimits{}};
};

TEST_F(LoginThrottleTest, five_guesses_are_tried_and_the_sixth_waits_for_the_window) {
  EXPECT_EQ(guesses(100, kAlice, kElsewhere), 5);
  const auto refused = ask(kAlice, kElsewhere);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_after, kWindow);
  now_ += kWindow - seconds(1);
  EXPECT_FALSE(guess(kAlice, kElsewhere));
  now_ += seconds(1);
  EXPECT_TRUE(guess(kAlice, kElsewhere));
}

TEST_F(LoginThrottleTest, guesses_that_are_hashed_at_the_same_time_count_from_their_admission) {
  int admitted = 0;
  for (int i = 0; i < 64; ++i) admitted += ask(kAlice, kElsewhere).admitted ? 1 : 0;
  EXPECT_EQ(admitted, 5);
}

TEST_F(LoginThrottleTest, the_delay_doubles_with_each_failure_after_the_fifth) {
  guesses(5, kAlice, kElsewhere);
  now_ += kWindow;
  for (const auto delay : {seconds(4), seconds(8), seconds(16)}) {
    ASSERT_TRUE(guess(kAlice, kElsewhere));
    EXPECT_EQ(ask(kAlice, kElsewhere).retry_after, delay);
    now_ += delay;
  }
}

TEST_F(LoginThrottleTest, the_delay_is_never_longer_than_the_window) {
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(guess(kAlice, kElsewhere)) << i;
    now_ += kWindow;
  }
}

TEST_F(LoginThrottleTest, a_day_of_rest_forgives_failures_in_a_row) {
  guesses(5, kAlice, kElsewhere);
  now_ += std::chrono::hours(24);
  ASSERT_EQ(guesses(4, kAlice, kElsewhere), 4);
  EXPECT_TRUE(guess(kAlice, kElsewhere));
}

TEST_F(LoginThrottleTest, a_success_ends_the_delay_but_gives_no_further_guesses) {
  guesses(4, kAlice, kElsewhere);
  EXPECT_TRUE(log_in(kAlice, kElsewhere));
  EXPECT_TRUE(guess(kAlice, kElsewhere));
  EXPECT_FALSE(guess(kAlice, kElsewhere)) << "the fifth failure in the window, whatever succeeded";
}

TEST_F(LoginThrottleTest, what_was_abandoned_does_not_count) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(try_with(kAlice, kElsewhere, LoginResult::Abandoned));
  }
  EXPECT_EQ(guesses(10, kAlice, kElsewhere), 5);
}

TEST_F(LoginThrottleTest, many_unfamiliar_networks_share_the_five_guesses_of_an_account) {
  int admitted = 0;
  for (int i = 0; i < 1000; ++i) admitted += guess(kAlice, network(i)) ? 1 : 0;
  EXPECT_EQ(admitted, 5);
}

TEST_F(LoginThrottleTest, the_user_gets_in_from_a_familiar_network_while_strangers_are_guessing) {
  ASSERT_TRUE(log_in(kAlice, kHome));
  for (int i = 0; i < 1000; ++i) {
    guess(kAlice, network(i));
    ASSERT_TRUE(log_in(kAlice, kHome)) << i;
    now_ += seconds(1);
  }
}

TEST_F(LoginThrottleTest, guesses_from_a_familiar_network_are_limited_as_well) {
  log_in(kAlice, kHome);
  EXPECT_EQ(guesses(100, kAlice, kHome), 5);
  EXPECT_EQ(guesses(100, kAlice, kElsewhere), 5) << "and leave strangers their own, not more";
}

TEST_F(LoginThrottleTest, failures_before_a_network_became_familiar_go_on_counting) {
  guesses(4, kAlice, kHome);
  log_in(kAlice, kHome);
  EXPECT_EQ(guesses(100, kAlice, kHome), 1);
}

TEST_F(LoginThrottleTest, an_account_remembers_its_four_latest_networks) {
  for (int i = 0; i < 5; ++i) log_in(kAlice, network(i));
  for (int i = 100; i < 200; ++i) guess(kAlice, network(i));
  EXPECT_FALSE(log_in(kAlice, network(0)));
  EXPECT_TRUE(log_in(kAlice, network(1)));
  EXPECT_TRUE(log_in(kAlice, network(4)));
}

TEST_F(LoginThrottleTest, one_password_tried_on_many_accounts_meets_the_limit_of_the_network) {
  int admitted = 0;
  for (int i = 0; i < 1000; ++i) admitted += guess(account(i), kElsewhere) ? 1 : 0;
  EXPECT_EQ(admitted, 50);
  EXPECT_FALSE(throttle_->count_network_failure(now_, kElsewhere).admitted);
  now_ += seconds(18);
  EXPECT_TRUE(throttle_->count_network_failure(now_, kElsewhere).admitted);
}

TEST_F(LoginThrottleTest, logins_that_succeed_do_not_use_up_their_network) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(log_in(account(i), kHome)) << i;
}

TEST_F(LoginThrottleTest, an_active_block_cannot_be_pushed_out_of_a_full_table) {
  given({.network_failures = 50, .max_failures = 20, .max_networks = 1000, .max_familiar = 10});
  ASSERT_EQ(guesses(100, kAlice, kElsewhere), 5);
  for (int i = 0; i < 1000; ++i) guess(account(i), network(i));
  EXPECT_FALSE(guess(kAlice, kElsewhere));
  EXPECT_FALSE(guess(kAlice, network(5000)));
  now_ += kWindow;
  EXPECT_TRUE(guess(kAlice, kElsewhere));
}

TEST_F(LoginThrottleTest, a_full_table_refuses_strangers_and_admits_familiar_networks) {
  given({.network_failures = 50, .max_failures = 20, .max_networks = 1000, .max_familiar = 10});
  log_in(kAlice, kHome);
  for (int i = 0; i < 1000; ++i) guess(account(i), network(i));
  const auto refused = ask(account(2000), network(2000));
  EXPECT_FALSE(refused.admitted);
  EXPECT_GT(refused.retry_after.count(), 0);
  EXPECT_TRUE(log_in(kAlice, kHome));
}

/// Any sequence of tries: the properties that hold whatever is done.
class RandomTries : public LoginThrottleTest, public testing::WithParamInterface<std::uint64_t> {
 protected:
  struct Event {
    int account;
    int network;
    LoginResult result;
  };
  Event draw() {
    const auto below = [&](int bound) {
      return static_cast<int>(random_.below(static_cast<std::uint64_t>(bound)));
    };
    const int kind = below(10);
    return {below(6), below(12),
            kind == 0   ? LoginResult::Success
            : kind == 1 ? LoginResult::Abandoned
                        : LoginResult::Failure};
  }
  /// Notes a failure; at most five may lie in any window.
  static void note(std::deque<MonotonicTime>& failures, MonotonicTime at) {
    failures.push_back(at);
    while (at - failures.front() >= kWindow) failures.pop_front();
    ASSERT_LE(failures.size(), 5u);
  }

  Random random_{GetParam()};
};

TEST_P(RandomTries, no_account_has_more_than_five_failed_guesses_from_strangers_in_a_window) {
  given({.network_failures = 30, .max_failures = 60, .max_networks = 8, .max_familiar = 4});
  std::map<int, std::deque<MonotonicTime>> strangers;
  for (int i = 0; i < 20'000; ++i) {
    now_ += std::chrono::milliseconds(random_.below(60'000));
    const Event event = draw();
    const LoginDecision decision = ask(account(event.account), network(event.network));
    if (!decision.admitted) {
      ASSERT_GT(decision.retry_after.count(), 0);
      continue;
    }
    throttle_->settle(now_, decision.attempt, event.result);
    if (event.result == LoginResult::Failure && !decision.attempt.familiar) {
      note(strangers[event.account], now_);
    }
  }
}

TEST_P(RandomTries, a_refusal_says_exactly_when_the_next_try_is_admitted) {
  for (int i = 0; i < 5'000; ++i) {
    now_ += std::chrono::milliseconds(random_.below(60'000));
    const Event event = draw();
    LoginDecision decision = ask(account(event.account), network(event.network));
    if (!decision.admitted) {
      now_ += decision.retry_after - std::chrono::nanoseconds(1);
      ASSERT_FALSE(ask(account(event.account), network(event.network)).admitted);
      now_ += std::chrono::nanoseconds(1);
      decision = ask(account(event.account), network(event.network));
      ASSERT_TRUE(decision.admitted);
    }
    throttle_->settle(now_, decision.attempt, event.result);
  }
}

TEST_P(RandomTries, memory_stays_within_its_bounds) {
  given({.network_failures = 30, .max_failures = 40, .max_networks = 8, .max_familiar = 4});
  for (int i = 0; i < 20'000; ++i) {
    now_ += std::chrono::milliseconds(random_.below(60'000));
    const auto who = account(static_cast<int>(random_.below(1000)));
    const auto from = network(static_cast<int>(random_.below(1000)));
    try_with(who, from, draw().result);
    ASSERT_LE(throttle_->failure_entries(), 40u);
    ASSERT_LE(throttle_->network_entries(), 8u);
    ASSERT_LE(throttle_->familiar_entries(), 4u);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTries, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace apiforge::policy
