#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <filesystem>
#include <thread>
#include <vector>

#include "auth/accounts/accounts_fixture.hpp"
#include "storage/sql/sql_store.hpp"

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

  /// Over any store: of many refreshes with one token one gives a pair, and the family is over.
  void expect_one_refresh_of_many_succeeds(storage::Store& where) {
    const Ports made = make_ports();
    const Accounts tried{Ports{.store = where,
                               .passwords = made.passwords,
                               .token_issuer = made.token_issuer,
                               .credentials = made.credentials,
                               .clock = made.clock,
                               .guard = made.guard,
                               .settings = made.settings}};
    ASSERT_TRUE(
        tried.registration.register_user(stranger(), {.username = "alice",
                                                      .email = "alice@example.com",
                                                      .password = Secret(std::string(kPassword)),
                                                      .tenant = {},
                                                      .invitation = {}}));
    const LoginRequest login{.name = "alice", .password = Secret(std::string(kPassword))};
    const auto pair = tried.sessions.login(stranger(), login);
    ASSERT_EQ(code_of(pair), "ok");
    const auto refresh_once = [&] {
      return tried.sessions.refresh(stranger(), pair->refresh_token).has_value();
    };
    EXPECT_EQ(succeed_at_once(kThreads, refresh_once), 1);
    auto transaction = *where.begin(storage::Scope::platform(), storage::Mode::Read);
    const auto session = storage::find<model::Session>(*transaction, pair->session.value);
    ASSERT_EQ(code_of(session), "ok");
    EXPECT_TRUE((*session)->value.revoked_at);
  }
};

TEST_F(SessionsConcurrencyTest, of_many_refreshes_at_once_exactly_one_succeeds) {
  storage::MemoryStore patient{clock, std::chrono::minutes(1)};
  expect_one_refresh_of_many_succeeds(patient);
}

TEST_F(SessionsConcurrencyTest, of_many_refreshes_at_once_in_sqlite_exactly_one_succeeds) {
  std::string folder = testing::TempDir() + "accounts_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  {
    storage::SqlSettings settings;
    settings.data_dir = folder;
    settings.lock_timeout = std::chrono::minutes(1);
    auto sqlite = storage::SqlStore::open(settings, clock);
    ASSERT_EQ(code_of(sqlite), "ok") << sqlite.error().detail;
    expect_one_refresh_of_many_succeeds(**sqlite);
  }
  std::filesystem::remove_all(folder);
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
