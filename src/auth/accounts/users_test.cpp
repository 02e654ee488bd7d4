#include "auth/accounts/users.hpp"

#include <gtest/gtest.h>

#include "auth/accounts/accounts_fixture.hpp"

namespace apiforge::auth::accounts {
namespace {

class UsersTest : public AccountsFixture {
 protected:
  std::string patch(const model::User& by, const model::User& whom, const UserPatch& patch) {
    return code_of(accounts.users.patch(as(by), whom.id, patch, {}));
  }
  static UserPatch roles(std::vector<std::string> names) { return {.roles = std::move(names)}; }
};

TEST_F(UsersTest, a_profile_says_who_one_is_and_what_one_may) {
  const model::User alice = given_owner("alice");
  const auto profile = accounts.users.profile(as(alice));
  ASSERT_EQ(code_of(profile), "ok");
  EXPECT_EQ(profile->user.value.username, "alice");
  EXPECT_TRUE(profile->permissions.has(model::Permission::AuthManage));
  EXPECT_EQ(code_of(accounts.users.profile(stranger())), "authentication_required");
}

TEST_F(UsersTest, a_profile_can_be_changed_by_its_user_but_not_by_a_key) {
  const model::User alice = given_owner("alice");
  given_owner("bob");
  const auto key = given_key(alice, {"gateway:call"});
  const auto rename = [&](const Actor& actor, const char* name) {
    return code_of(accounts.users.patch_profile(actor, {.username = name}, {}));
  };
  EXPECT_EQ(rename(as(alice), "alicia"), "ok");
  EXPECT_EQ(rename(as(alice), "BOB"), "already_exists");
  EXPECT_EQ(rename(as(alice), "ALICIA"), "ok") << "one's own name in another case";
  EXPECT_EQ(rename(as(key.view.key.value, alice), "mallory"), "forbidden");
  EXPECT_EQ(code_of(log_in("alicia")), "ok");
  EXPECT_EQ(code_of(log_in("alice")), "invalid_credential");
}

TEST_F(UsersTest, a_change_of_what_was_changed_meanwhile_is_a_conflict) {
  const model::User alice = given_owner("alice");
  const auto seen = accounts.users.profile(as(alice))->user.revision;
  const ProfilePatch first{.email = "one@example.com"};
  const ProfilePatch second{.email = "two@example.com"};
  EXPECT_EQ(code_of(accounts.users.patch_profile(as(alice), first, seen)), "ok");
  EXPECT_EQ(code_of(accounts.users.patch_profile(as(alice), second, seen)), "version_conflict");
  EXPECT_EQ(stored<model::User>(alice.id.value)->email, "one@example.com");
}

TEST_F(UsersTest, a_new_password_ends_all_sessions_but_the_callers_and_voids_tokens) {
  const model::User alice = given_owner("alice");
  const auto here = log_in("alice");
  const auto there = log_in("alice");
  clock.advance(std::chrono::milliseconds(1'300));
  const PasswordChange change{Secret(std::string(kPassword)), Secret("an even better one")};
  ASSERT_EQ(code_of(accounts.users.change_password(as(alice, here->session), change)), "ok");
  EXPECT_EQ(code_of(refresh(there->refresh_token)), "invalid_credential");
  const auto kept = refresh(here->refresh_token);
  ASSERT_EQ(code_of(kept), "ok");
  EXPECT_EQ(code_of(log_in("alice")), "invalid_credential");
  EXPECT_EQ(code_of(log_in("alice", "an even better one")), "ok");

  const auto verifier = TokenVerifier::make(signing_keys, {});
  const auto valid_from = stored<model::User>(alice.id.value)->tokens_valid_from;
  const auto issued_at = [&](const TokenPair& pair) {
    return verifier->verify(pair.access_token.reveal(), clock.wall())->issued_at;
  };
  EXPECT_LT(issued_at(*here), valid_from);
  EXPECT_GE(issued_at(*kept), valid_from) << "even in the second of the change";
}

TEST_F(UsersTest, the_current_password_is_required_and_cannot_be_guessed_either) {
  const model::User alice = given_owner("alice");
  const PasswordChange guess{Secret("a wrong guess"), Secret("an even better one")};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(code_of(accounts.users.change_password(as(alice), guess)), "invalid_value");
  }
  EXPECT_EQ(code_of(accounts.users.change_password(as(alice), guess)), "too_many_attempts");
}

TEST_F(UsersTest, only_who_manages_users_may) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"operator"});
  EXPECT_EQ(code_of(accounts.users.list(as(bob), {}, {})), "forbidden");
  EXPECT_EQ(code_of(accounts.users.get(as(bob), alice.id)), "forbidden");
  EXPECT_EQ(patch(bob, alice, {.disabled = true}), "forbidden");
  EXPECT_EQ(code_of(accounts.users.remove(as(bob), alice.id, {})), "forbidden");
  EXPECT_EQ(last_told(), "user.remove forbidden");
  EXPECT_EQ(audit().front().actor, "user:" + bob.id.value);
  EXPECT_EQ(audit().front().target, "user:" + alice.id.value);
}

TEST_F(UsersTest, users_of_other_tenants_do_not_exist) {
  const model::User alice = given_owner("alice");
  const model::User eve = given_owner("eve");
  EXPECT_EQ(code_of(accounts.users.get(as(eve), alice.id)), "not_found");
  EXPECT_EQ(patch(eve, alice, {.disabled = true}), "not_found");
  EXPECT_EQ(code_of(accounts.users.remove(as(eve), alice.id, {})), "not_found");
  EXPECT_EQ(accounts.users.list(as(eve), {}, {})->items.size(), 1u);
  EXPECT_EQ(code_of(accounts.users.list(as(eve), alice.tenant, {})), "not_found");
  const auto planted = accounts.users.create(as(eve), {.username = "mallory",
                                                       .email = "m@example.com",
                                                       .password = Secret(std::string(kPassword)),
                                                       .roles = {"owner"},
                                                       .tenant = alice.tenant});
  EXPECT_EQ(code_of(planted), "not_found");
  EXPECT_EQ(code_of(accounts.users.get(as(eve), {"../etc\x01"})), "not_found");
}

TEST_F(UsersTest, the_platform_sees_all_tenants) {
  const model::User root = given_administrator();
  const model::User alice = given_owner("alice");
  given_owner("bob");
  EXPECT_EQ(accounts.users.list(as(root), {}, {})->items.size(), 3u);
  EXPECT_EQ(accounts.users.list(as(root), alice.tenant, {})->items.size(), 1u);
  EXPECT_EQ(patch(root, alice, {.username = "alicia"}), "ok");
}

TEST_F(UsersTest, nobody_grants_or_takes_over_what_they_do_not_have) {
  const model::User alice = given_owner("alice");
  ASSERT_TRUE(accounts.roles.create(as(alice), {.name = "support",
                                                .description = {},
                                                .permissions = {"auth:manage", "gateway:read"},
                                                .tenant = {}}));
  const model::User bob = given_colleague(alice, "bob", {"support"});
  const model::User carol = given_colleague(alice, "carol", {});
  EXPECT_EQ(patch(bob, carol, roles({"owner"})), "forbidden");
  EXPECT_EQ(patch(bob, bob, roles({"owner"})), "forbidden");
  EXPECT_EQ(patch(bob, carol, roles({"support"})), "ok");
  EXPECT_EQ(patch(bob, alice, {.password = Secret("mine from now on")}), "forbidden");
  EXPECT_EQ(patch(bob, carol, {.password = Secret("a good new secret")}), "ok");
  EXPECT_EQ(patch(alice, carol, roles({"admin"})), "invalid_value");
}

TEST_F(UsersTest, the_last_owner_can_neither_go_nor_be_disabled_nor_lose_the_role) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"viewer"});
  EXPECT_EQ(patch(alice, alice, {.disabled = true}), "last_administrator");
  EXPECT_EQ(patch(alice, alice, roles({"viewer"})), "last_administrator");
  EXPECT_EQ(code_of(accounts.users.remove(as(alice), alice.id, {})), "last_administrator");
  EXPECT_EQ(last_told(), "user.remove last_administrator");
  EXPECT_TRUE(stored<model::User>(alice.id.value)) << "rolled back";
  ASSERT_EQ(patch(alice, bob, roles({"owner"})), "ok");
  EXPECT_EQ(code_of(accounts.users.remove(as(alice), alice.id, {})), "ok");
}

TEST_F(UsersTest, a_disabled_user_is_out_at_once) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"viewer"});
  const auto pair = log_in("bob");
  ASSERT_EQ(patch(alice, bob, {.disabled = true}), "ok");
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "invalid_credential");
  EXPECT_TRUE(stored<model::Session>(pair->session.value)->revoked_at);
  EXPECT_GE(stored<model::User>(bob.id.value)->tokens_valid_from, clock.wall());
}

TEST_F(UsersTest, with_a_user_go_keys_sessions_and_tokens) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"developer"});
  const auto key = given_key(bob, {"gateway:call"});
  const auto pair = log_in("bob");
  const auto other = log_in("alice");
  ASSERT_EQ(code_of(accounts.users.remove(as(alice), bob.id, {})), "ok");
  EXPECT_FALSE(stored<model::User>(bob.id.value));
  EXPECT_FALSE(stored<model::ApiKey>(key.view.key.value.id.value));
  EXPECT_FALSE(stored<model::Session>(pair->session.value));
  EXPECT_FALSE(stored<model::RefreshToken>(unkeyed_digest_hex(pair->refresh_token.reveal())));
  EXPECT_EQ(code_of(refresh(pair->refresh_token)), "invalid_credential");
  EXPECT_EQ(code_of(refresh(other->refresh_token)), "ok");
}

TEST_F(UsersTest, lists_come_in_pages) {
  const model::User alice = given_owner("alice");
  for (const char* name : {"bob", "carol", "dave", "erin"}) given_colleague(alice, name, {});
  PageQuery query{.after = {}, .limit = 2};
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto page = accounts.users.list(as(alice), {}, query);
    ASSERT_EQ(code_of(page), "ok");
    sizes.push_back(page->items.size());
    if (page->next.empty()) break;
    query.after = page->next;
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1}));
  EXPECT_EQ(code_of(accounts.users.list(as(alice), {}, {.after = {}, .limit = 0})),
            "invalid_parameter");
  EXPECT_EQ(code_of(accounts.users.list(as(alice), {}, {.after = "a b", .limit = 5})),
            "invalid_parameter");
}

TEST_F(UsersTest, whatever_fails_in_the_database_nothing_is_acknowledged_by_halves) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"developer"});
  given_key(bob, {"gateway:call"});
  log_in("bob");
  for (std::size_t n = 1;; ++n) {
    const auto before = revision();
    const auto entries = audit().size();
    const Actor actor = as(alice);
    store.fail_nth(n);
    const auto removed = accounts.users.remove(actor, bob.id, {});
    if (removed) break;
    EXPECT_EQ(code_of(removed), "storage_unavailable") << n;
    EXPECT_EQ(revision(), before) << n;
    EXPECT_EQ(audit().size(), entries) << n;
    ASSERT_LT(n, 100u);
  }
  EXPECT_EQ(last_told(), "user.remove ok");
}

}  // namespace
}  // namespace apiforge::auth::accounts
