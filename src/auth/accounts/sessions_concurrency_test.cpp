#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "auth/accounts/accounts_fixture.hpp"

namespace apiforge::auth::accounts {
namespace {

constexpr int kThreads = 64;

class SessionsConcurrencyTest : public AccountsFixture {
 protected:
  /// How many of `times` simultaneous calls of `body` succeed.
  template <class Body>
  static int succeed_at_once(int times, const Body& body) {
    std::barrier start(times);
    std::atomic<int> successes{0};
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(times));
    for (int i = 0; i < times; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        if (body()) ++successes;
      });
    }
    threads.clear();
    return successes;
  }

  void expect_one_refresh_of_many_succeeds() {
    given_owner("alice");
    const auto pair = log_in("alice");
    ASSERT_EQ(code_of(pair), "ok");
    EXPECT_EQ(succeed_at_once(kThreads, [&] { return refresh(pair->refresh_token).has_value(); }),
              1);
    EXPECT_GE(told("session.reuse", "ok"), 1u);
  }
};

TEST_F(SessionsConcurrencyTest, of_many_refreshes_at_once_exactly_one_succeeds) {
  expect_one_refresh_of_many_succeeds();
}

TEST_F(SessionsConcurrencyTest, of_many_guesses_at_once_five_are_hashed) {
  given_owner("alice");
  succeed_at_once(kThreads, [&] { return log_in("alice", "guess").has_value(); });
  EXPECT_EQ(told("session.login", "invalid_credential"), 5u);
}

TEST_F(SessionsConcurrencyTest, two_owners_who_demote_each_other_do_not_both_succeed) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"owner"});
  const Actor by_alice = as(alice);
  const Actor by_bob = as(bob);
  std::atomic<int> turn{0};
  const UserPatch demotion{.roles = std::vector<std::string>{"viewer"}};
  EXPECT_EQ(succeed_at_once(2,
                            [&] {
                              const bool first = turn++ == 0;
                              return accounts.users
                                  .patch(first ? by_alice : by_bob, first ? bob.id : alice.id,
                                         demotion, {})
                                  .has_value();
                            }),
            1);
}

}  // namespace
}  // namespace apiforge::auth::accounts
