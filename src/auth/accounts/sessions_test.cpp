#include "auth/accounts/sessions.hpp"

#include <gtest/gtest.h>

#include "auth/accounts/accounts_fixture.hpp"

namespace apiforge::auth::accounts {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

class SessionsTest : public AccountsFixture {
 protected:
  AccessClaims claims_of(const TokenPair& pair) {
    const auto verifier = TokenVerifier::make(signing_keys, {});
    auto claims = verifier->verify(pair.access_token.reveal(), clock.wall());
    EXPECT_EQ(code_of(claims), "ok");
    return claims.value_or(AccessClaims{});
  }
};

TEST_F(SessionsTest, a_login_by_user_name_or_email_in_any_case_gives_a_pair_of_tokens) {
  const model::User alice = given_owner("Alice");
  for (const auto* name : {"Alice", "alice", "ALICE@Example.com"}) {
    const auto pair = log_in(name);
    ASSERT_EQ(code_of(pair), "ok") << name;
    EXPECT_EQ(pair->expires_in, minutes(15));
    const AccessClaims claims = claims_of(*pair);
    EXPECT_EQ(claims.user, alice.id);
    EXPECT_EQ(claims.tenant, alice.tenant);
    EXPECT_EQ(claims.session, pair->session);
    EXPECT_EQ(claims.roles, std::vector<std::string>{"owner"});
  }
  EXPECT_EQ(stored<model::User>(alice.id.value)->last_login_at, clock.wall());
  EXPECT_EQ(told("session.login", "ok"), 3u);
}

TEST_F(SessionsTest, whatever_is_wrong_with_a_login_is_told_in_the_same_words) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"viewer"});
  ASSERT_TRUE(accounts.users.patch(as(alice), bob.id, {.disabled = true}, {}));
  const auto wrong = log_in("alice", "wrong password");
  const auto unknown = log_in("nobody");
  const auto disabled = log_in("bob");
  const auto no_name = log_in(std::string("\xff\n", 2));
  ASSERT_FALSE(wrong || unknown || disabled || no_name);
  for (const auto* other : {&unknown, &disabled, &no_name}) {
    EXPECT_EQ(other->error().code, wrong.error().code);
    EXPECT_EQ(other->error().detail, wrong.error().detail);
  }
  EXPECT_EQ(code_of(wrong), "invalid_credential");
  EXPECT_EQ(told("session.login", "invalid_credential"), 4u);
}

TEST_F(SessionsTest, a_suspended_tenant_can_neither_log_in_nor_refresh) {
  const model::User root = given_administrator();
  const model::User alice = given_owner("alice");
  const auto pair = log_in("alice");
  ASSERT_TRUE(accounts.tenants.patch(as(root), alice.tenant, {.suspended = true}, {}));
  EXPECT_EQ(code_of(log_in("alice")), "invalid_credential");
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "invalid_credential");
  ASSERT_TRUE(accounts.tenants.patch(as(root), alice.tenant, {.suspended = false}, {}));
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "ok");
}

TEST_F(SessionsTest, a_password_of_older_parameters_is_hashed_anew_at_login) {
  const model::User alice = given_owner("alice");
  const PasswordHasher stronger{{.memory_kib = 16, .passes = 2}, 1, 10};
  const Accounts later{Ports{.store = store,
                             .passwords = stronger,
                             .token_issuer = [this] { return issuer; },
                             .credentials = digests,
                             .clock = clock,
                             .guard = guard,
                             .settings = {}}};
  const LoginRequest request{.name = "alice", .password = Secret(std::string(kPassword))};
  ASSERT_TRUE(later.sessions.login(stranger(), request));
  const Secret hash = stored<model::User>(alice.id.value)->password_hash;
  EXPECT_FALSE(stronger.needs_rehash(hash));
  EXPECT_NE(hash, alice.password_hash);
  ASSERT_TRUE(later.sessions.login(stranger(), request));
  EXPECT_EQ(stored<model::User>(alice.id.value)->password_hash, hash);
}

TEST_F(SessionsTest, guessing_is_stopped_after_five_failures_and_says_when_to_come_back) {
  given_owner("alice");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(code_of(log_in("alice", "guess", "192.0.2.1")), "invalid_credential");
  }
  const auto refused = log_in("alice", kPassword, "192.0.2.200");
  EXPECT_EQ(code_of(refused), "too_many_attempts") << "the same /24";
  EXPECT_EQ(retry_after(refused.error()), minutes(15));
  EXPECT_EQ(code_of(log_in("ALICE@example.com", "guess", "198.18.0.9")), "too_many_attempts")
      << "another name and network of the same account";
  clock.advance(minutes(15));
  EXPECT_EQ(code_of(log_in("alice", kPassword, "192.0.2.1")), "ok");
}

TEST_F(SessionsTest, a_storm_of_guesses_reaches_the_database_once_a_second) {
  given_owner("alice");
  for (int i = 0; i < 6; ++i) log_in("alice", "guess", "192.0.2.1");
  store.set_down(true);
  EXPECT_EQ(code_of(log_in("Alice", "guess", "192.0.2.99")), "too_many_attempts");
  EXPECT_EQ(code_of(log_in("alice", "guess", "198.18.0.9")), "storage_unavailable");
  clock.advance(seconds(1));
  EXPECT_EQ(code_of(log_in("alice", "guess", "192.0.2.1")), "storage_unavailable");
}

TEST_F(SessionsTest, the_real_user_logs_in_while_strangers_guess) {
  given_owner("alice");
  ASSERT_TRUE(log_in("alice", kPassword, "203.0.113.7"));
  for (int i = 0; i < 200; ++i) {
    log_in("alice", "guess", "100." + std::to_string(i) + ".1.1");
    clock.advance(seconds(1));
  }
  EXPECT_EQ(told("session.login", "invalid_credential"), 5u);
  EXPECT_LE(told("session.login", "too_many_attempts"), 21u) << "told every ten seconds at most";
  EXPECT_EQ(code_of(log_in("alice", kPassword, "203.0.113.99")), "ok");
}

TEST_F(SessionsTest, a_restart_does_not_make_the_user_a_stranger) {
  given_owner("alice");
  ASSERT_TRUE(log_in("alice", kPassword, "203.0.113.7"));
  LoginGuard fresh({}, 7, clock);
  const Accounts restarted{Ports{.store = store,
                                 .passwords = hasher,
                                 .token_issuer = [this] { return issuer; },
                                 .credentials = digests,
                                 .clock = clock,
                                 .guard = fresh,
                                 .settings = {}}};
  ASSERT_TRUE(restarted.sessions.remember_networks());
  const auto login = [&](std::string_view password, const std::string& client) {
    return code_of(restarted.sessions.login(
        stranger(client), {.name = "alice", .password = Secret(std::string(password))}));
  };
  for (int i = 0; i < 20; ++i) login("guess", "192.0.2.1");
  EXPECT_EQ(login(kPassword, "192.0.2.1"), "too_many_attempts");
  EXPECT_EQ(login(kPassword, "203.0.113.7"), "ok");
}

TEST_F(SessionsTest, a_database_that_fails_uses_up_no_guess) {
  given_owner("alice");
  for (int i = 0; i < 20; ++i) {
    store.fail_next(storage::Operation::Commit);
    EXPECT_EQ(code_of(log_in("alice")), "storage_unavailable");
  }
  EXPECT_EQ(code_of(log_in("alice")), "ok");
}

TEST_F(SessionsTest, a_refresh_token_is_used_once_and_its_reuse_ends_the_family) {
  given_owner("alice");
  const auto first = log_in("alice");
  const auto second = refresh(first->refresh_token);
  ASSERT_EQ(code_of(second), "ok");
  EXPECT_EQ(second->session, first->session);
  EXPECT_EQ(code_of(refresh(first->refresh_token)), "invalid_credential");
  EXPECT_EQ(code_of(refresh(second->refresh_token)), "invalid_credential") << "the family is over";
  EXPECT_EQ(told("session.reuse", "ok"), 1u);
  EXPECT_TRUE(stored<model::Session>(first->session.value)->revoked_at);
}

TEST_F(SessionsTest, other_sessions_of_the_user_outlive_a_reuse) {
  given_owner("alice");
  const auto laptop = log_in("alice");
  const auto phone = log_in("alice");
  ASSERT_TRUE(refresh(laptop->refresh_token));
  ASSERT_FALSE(refresh(laptop->refresh_token));
  EXPECT_EQ(code_of(refresh(phone->refresh_token)), "ok");
}

TEST_F(SessionsTest, an_unused_token_expires_and_refreshing_does_not_prolong_the_session) {
  given_owner("alice");
  const auto idle = log_in("alice");
  clock.advance(days(7));
  EXPECT_EQ(code_of(refresh(idle->refresh_token)), "invalid_credential");
  auto pair = log_in("alice");
  for (int day = 5; day < 30; day += 5) {
    clock.advance(days(5));
    pair = refresh(pair->refresh_token);
    ASSERT_EQ(code_of(pair), "ok") << day;
  }
  clock.advance(days(5));
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "invalid_credential");
}

TEST_F(SessionsTest, unknown_refresh_tokens_are_limited_by_network_but_real_ones_are_not) {
  given_owner("alice");
  const auto pair = log_in("alice");
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(code_of(refresh(Secret("afr_" + std::to_string(i)))), "invalid_credential");
  }
  EXPECT_EQ(code_of(refresh(Secret("afr_x"))), "too_many_attempts");
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "ok");
}

TEST_F(SessionsTest, logout_ends_the_session_and_that_of_the_token) {
  const model::User alice = given_owner("alice");
  const auto here = log_in("alice");
  const auto there = log_in("alice");
  EXPECT_EQ(code_of(accounts.sessions.logout(as(alice, here->session), there->refresh_token)),
            "ok");
  EXPECT_EQ(code_of(refresh(here->refresh_token)), "invalid_credential");
  EXPECT_EQ(code_of(refresh(there->refresh_token)), "invalid_credential");
}

TEST_F(SessionsTest, logout_does_not_end_what_belongs_to_another_user) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"viewer"});
  const auto mine = log_in("bob");
  const auto hers = log_in("alice");
  EXPECT_EQ(code_of(accounts.sessions.logout(as(bob, mine->session), hers->refresh_token)), "ok");
  EXPECT_EQ(code_of(refresh(hers->refresh_token)), "ok");
}

TEST_F(SessionsTest, sessions_that_have_ended_are_not_listed) {
  const model::User alice = given_owner("alice");
  const auto first = log_in("alice");
  const auto second = log_in("alice");
  ASSERT_TRUE(accounts.sessions.revoke(as(alice), first->session));
  const auto page = accounts.sessions.list(as(alice), {});
  ASSERT_EQ(code_of(page), "ok");
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items[0].value.id, second->session);
  EXPECT_EQ(page->items[0].value.client, "203.0.113.7");
  clock.advance(days(30));
  EXPECT_TRUE(accounts.sessions.list(as(alice), {})->items.empty());
}

TEST_F(SessionsTest, only_who_manages_users_sees_and_ends_sessions_of_others) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"developer"});
  const auto hers = log_in("alice");
  const auto his = log_in("bob");
  EXPECT_EQ(code_of(accounts.sessions.list(as(bob), {.whose = Whose::Everyone})), "forbidden");
  EXPECT_EQ(code_of(accounts.sessions.revoke(as(bob), hers->session)), "not_found");
  EXPECT_EQ(last_told(), "session.revoke not_found");
  EXPECT_EQ(accounts.sessions.list(as(alice), {.whose = Whose::Everyone})->items.size(), 2u);
  EXPECT_EQ(code_of(accounts.sessions.revoke(as(alice), his->session)), "ok");
  EXPECT_EQ(code_of(refresh(his->refresh_token)), "invalid_credential");
}

TEST_F(SessionsTest, what_ended_long_ago_is_purged) {
  given_owner("alice");
  const auto pair = log_in("alice");
  clock.advance(days(30));
  EXPECT_EQ(*accounts.sessions.purge_expired(), 0u);
  clock.advance(days(2));
  EXPECT_EQ(*accounts.sessions.purge_expired(), 2u) << "a session and its token";
  EXPECT_FALSE(stored<model::Session>(pair->session.value));
}

TEST_F(SessionsTest, whatever_fails_in_the_database_leaves_the_old_token_or_a_whole_new_pair) {
  given_owner("alice");
  auto pair = log_in("alice");
  std::size_t failures = 0;
  for (std::size_t n = 1;; ++n) {
    store.fail_nth(n);
    auto next = refresh(pair->refresh_token);
    if (next) break;
    ++failures;
    EXPECT_EQ(code_of(next), "storage_unavailable") << n;
    ASSERT_LT(n, 100u);
  }
  EXPECT_GT(failures, 5u) << "every step has been made to fail, and the token survived each";
}

TEST_F(SessionsTest, a_commit_whose_answer_was_lost_acknowledges_nothing) {
  given_owner("alice");
  const auto pair = log_in("alice");
  store.fail_next(storage::Operation::Commit, storage::Fault::DoneUnreported);
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "storage_unavailable");
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "invalid_credential")
      << "it was spent after all: the user logs in again";
}

}  // namespace
}  // namespace apiforge::auth::accounts
