#include "auth/accounts/registration.hpp"

#include <gtest/gtest.h>

#include "auth/accounts/accounts_fixture.hpp"

namespace apiforge::auth::accounts {
namespace {

class RegistrationTest : public AccountsFixture {
 protected:
  static RegistrationRequest request(std::string username, std::string email) {
    return {.username = std::move(username),
            .email = std::move(email),
            .password = Secret(std::string(kPassword)),
            .tenant = {},
            .invitation = {}};
  }
  auto register_user(const RegistrationRequest& request) {
    return accounts.registration.register_user(stranger(), request);
  }
  Secret given_invitation(const model::User& owner, const std::string& email,
                          std::vector<std::string> roles) {
    auto created = accounts.invitations.create(
        as(owner), {.email = email, .roles = std::move(roles), .tenant = {}, .lifetime = {}});
    EXPECT_EQ(code_of(created), "ok");
    return created->token;
  }
};

TEST_F(RegistrationTest, a_new_user_owns_a_tenant_that_bears_the_users_name) {
  const auto alice = register_user(request("Alice", "alice@example.com"));
  ASSERT_EQ(code_of(alice), "ok");
  EXPECT_EQ(alice->value.roles, std::vector<std::string>{"owner"});
  EXPECT_EQ(stored<model::Tenant>(alice->value.tenant.value)->name, "Alice");
  EXPECT_EQ(last_told(), "user.register ok");
  EXPECT_EQ(code_of(log_in("alice")), "ok");
}

TEST_F(RegistrationTest, names_and_emails_are_unique_whatever_their_case) {
  given_owner("alice");
  const auto same_name = register_user(request("ALICE", "other@example.com"));
  const auto same_email = register_user(request("other", "Alice@Example.com"));
  EXPECT_EQ(code_of(same_name), "already_exists");
  EXPECT_EQ(same_name.error().detail, "the user name is taken");
  EXPECT_EQ(code_of(same_email), "already_exists");
  EXPECT_EQ(same_email.error().detail, "the email belongs to another user");
  auto same_tenant = request("other", "other@example.com");
  same_tenant.tenant = "alice";
  EXPECT_EQ(code_of(register_user(same_tenant)), "already_exists");
}

TEST_F(RegistrationTest, what_breaks_a_rule_is_refused) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"al", "a@example.com"},       {"a lice", "a@example.com"}, {"al@ice", "a@example.com"},
      {std::string(65, 'a'), "a@b"}, {"alice", "example.com"},    {"alice", "a@b@c"},
      {"alice", "@example.com"},     {"alice", "a b@example.com"}};
  for (const auto& [name, email] : bad) {
    EXPECT_EQ(code_of(register_user(request(name, email))), "invalid_value") << name << email;
  }
  auto weak = request("alice", "alice@example.com");
  weak.password = Secret("password");
  EXPECT_EQ(code_of(register_user(weak)), "invalid_value");
}

TEST_F(RegistrationTest, closed_registration_needs_an_invitation) {
  const model::User alice = given_owner("alice");
  const Secret token = given_invitation(alice, "bob@example.com", {"developer"});
  Ports closed_ports = make_ports();
  closed_ports.settings.registration = RegistrationMode::Closed;
  const Accounts closed{std::move(closed_ports)};
  auto bob = request("bob", "bob@example.com");
  EXPECT_EQ(code_of(closed.registration.register_user(stranger(), bob)), "registration_closed");
  EXPECT_EQ(last_told(), "user.register registration_closed");
  bob.invitation = std::string(token.reveal());
  const auto user = closed.registration.register_user(stranger(), bob);
  ASSERT_EQ(code_of(user), "ok");
  EXPECT_EQ(user->value.tenant, alice.tenant);
  EXPECT_EQ(user->value.roles, std::vector<std::string>{"developer"});
}

TEST_F(RegistrationTest, an_invitation_is_for_one_person_once_and_for_a_while) {
  const model::User alice = given_owner("alice");
  const auto with = [&](const char* name, const Secret& token) {
    auto asked = request(name, std::string(name) + "@example.com");
    asked.invitation = std::string(token.reveal());
    return code_of(register_user(asked));
  };
  const Secret for_bob = given_invitation(alice, "Bob@example.com", {"viewer"});
  EXPECT_EQ(with("mallory", for_bob), "invalid_value");
  EXPECT_EQ(with("bob", Secret("afi_invented")), "invalid_value");
  EXPECT_EQ(with("bob", for_bob), "ok");
  EXPECT_EQ(with("bob2", for_bob), "invalid_value");
  const Secret late = given_invitation(alice, "carol@example.com", {"viewer"});
  clock.advance(std::chrono::days(7));
  EXPECT_EQ(with("carol", late), "invalid_value");
}

TEST_F(RegistrationTest, an_invitation_cannot_give_what_the_inviting_user_does_not_have) {
  const model::User alice = given_owner("alice");
  ASSERT_TRUE(accounts.roles.create(
      as(alice),
      {.name = "support", .description = {}, .permissions = {"auth:manage"}, .tenant = {}}));
  const model::User bob = given_colleague(alice, "bob", {"support"});
  const auto invite = [&](const model::User& by, const char* role) {
    return code_of(accounts.invitations.create(
        as(by), {.email = "x@example.com", .roles = {role}, .tenant = {}, .lifetime = {}}));
  };
  EXPECT_EQ(invite(bob, "support"), "ok");
  EXPECT_EQ(invite(bob, "viewer"), "forbidden");
  EXPECT_EQ(invite(alice, "admin"), "invalid_value") << "the platform's role exists there alone";
  EXPECT_EQ(invite(alice, "nonsense"), "invalid_value");
}

TEST_F(RegistrationTest, a_revoked_invitation_is_gone) {
  const model::User alice = given_owner("alice");
  const model::User eve = given_owner("eve");
  const Secret token = given_invitation(alice, "bob@example.com", {"viewer"});
  const auto page = accounts.invitations.list(as(alice), {}, {});
  ASSERT_EQ(page->items.size(), 1u);
  const model::InvitationId id = page->items[0].value.id;
  EXPECT_TRUE(accounts.invitations.list(as(eve), {}, {})->items.empty());
  EXPECT_EQ(code_of(accounts.invitations.revoke(as(eve), id)), "not_found");
  EXPECT_EQ(code_of(accounts.invitations.revoke(as(alice), id)), "ok");
  auto bob = request("bob", "bob@example.com");
  bob.invitation = std::string(token.reveal());
  EXPECT_EQ(code_of(register_user(bob)), "invalid_value");
}

TEST_F(RegistrationTest, strangers_who_try_names_are_limited) {
  given_owner("alice");
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(code_of(register_user(request("alice", "x@example.com"))), "already_exists");
  }
  EXPECT_EQ(code_of(register_user(request("alice", "x@example.com"))), "too_many_attempts");
}

TEST_F(RegistrationTest, a_failing_database_registers_nobody_by_halves) {
  for (std::size_t n = 1;; ++n) {
    const auto before = revision();
    store.fail_nth(n);
    const auto user = register_user(request("alice", "alice@example.com"));
    if (user) break;
    EXPECT_EQ(code_of(user), "storage_unavailable") << n;
    EXPECT_EQ(revision(), before) << n;
    ASSERT_LT(n, 100u);
  }
}

TEST_F(RegistrationTest, the_first_administrator_is_made_once) {
  EXPECT_FALSE(*has_administrator(memory));
  const model::User root = given_administrator();
  EXPECT_TRUE(*has_administrator(memory));
  EXPECT_EQ(root.tenant.value, model::kPlatformTenant);
  EXPECT_EQ(permissions_of(root), model::PermissionSet::all());
  EXPECT_EQ(audit().front().actor, "cli");
  const auto again = create_administrator(
      accounts.ports, "cli",
      {.username = "second", .email = {}, .password = Secret(std::string(kAdminPassword))});
  EXPECT_EQ(code_of(again), "already_exists");
  EXPECT_EQ(code_of(log_in("root", kAdminPassword)), "ok");
}

TEST_F(RegistrationTest, no_audit_entry_holds_a_secret) {
  const model::User alice = given_owner("alice");
  const Secret token = given_invitation(alice, "bob@example.com", {"viewer"});
  const auto key = given_key(alice, {"gateway:call"});
  const auto pair = log_in("alice");
  for (const auto& entry : audit()) {
    for (const std::string_view secret :
         {kPassword, token.reveal(), key.text.reveal(), pair->access_token.reveal(),
          pair->refresh_token.reveal(), alice.password_hash.reveal()}) {
      EXPECT_EQ(entry.details.find(secret), std::string::npos) << entry.action;
    }
    EXPECT_EQ(entry.details.find(unkeyed_digest_hex(token.reveal())), std::string::npos);
  }
}

}  // namespace
}  // namespace apiforge::auth::accounts
