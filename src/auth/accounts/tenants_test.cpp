#include "auth/accounts/tenants.hpp"

#include <gtest/gtest.h>

#include "auth/accounts/accounts_fixture.hpp"

namespace apiforge::auth::accounts {
namespace {

using TenantsTest = AccountsFixture;

TEST_F(TenantsTest, only_the_platform_makes_changes_and_removes_tenants) {
  const model::User root = given_administrator();
  const model::User alice = given_owner("alice");
  EXPECT_EQ(code_of(accounts.tenants.create(as(alice), "acme")), "forbidden");
  EXPECT_EQ(code_of(accounts.tenants.patch(as(alice), alice.tenant, {.name = "x"}, {})),
            "forbidden");
  const auto acme = accounts.tenants.create(as(root), "acme");
  ASSERT_EQ(code_of(acme), "ok");
  EXPECT_EQ(code_of(accounts.tenants.create(as(root), "acme")), "already_exists");
  EXPECT_EQ(code_of(accounts.tenants.patch(as(root), acme->value.id, {.name = "Acme"}, {})), "ok");
  EXPECT_EQ(code_of(accounts.tenants.remove(as(root), acme->value.id, acme->revision)),
            "version_conflict");
  EXPECT_EQ(code_of(accounts.tenants.remove(as(root), acme->value.id, {})), "ok");
}

TEST_F(TenantsTest, everyone_sees_one_tenant_and_the_platform_all) {
  const model::User root = given_administrator();
  const model::User alice = given_owner("alice");
  const model::User eve = given_owner("eve");
  EXPECT_EQ(code_of(accounts.tenants.get(as(alice), alice.tenant)), "ok");
  EXPECT_EQ(code_of(accounts.tenants.get(as(eve), alice.tenant)), "not_found");
  EXPECT_EQ(accounts.tenants.list(as(alice), {})->items.size(), 1u);
  EXPECT_EQ(accounts.tenants.list(as(root), {})->items.size(), 3u);
}

TEST_F(TenantsTest, the_platforms_own_tenant_stays) {
  const model::User root = given_administrator();
  EXPECT_EQ(code_of(accounts.tenants.patch(as(root), root.tenant, {.suspended = true}, {})),
            "last_administrator");
  EXPECT_EQ(code_of(accounts.tenants.remove(as(root), root.tenant, {})), "last_administrator");
}

TEST_F(TenantsTest, with_a_tenant_goes_everything_of_it_and_nothing_of_others) {
  const model::User root = given_administrator();
  const model::User alice = given_owner("alice");
  const model::User bob = given_owner("bob");
  given_key(alice, {"gateway:call"});
  const auto hers = log_in("alice");
  const auto his = log_in("bob");
  ASSERT_TRUE(accounts.roles.create(
      as(alice),
      {.name = "mine", .description = {}, .permissions = {"gateway:read"}, .tenant = {}}));
  {
    storage::Record api;
    api.kind = storage::Kind::Api;
    api.id = "hers@v1";
    api.tenant = alice.tenant.value;
    api.body = "{}";
    auto writing = *memory.begin(storage::Scope::platform(), storage::Mode::Write);
    ASSERT_TRUE(writing->insert(api));
    ASSERT_TRUE(writing->commit());
  }
  ASSERT_EQ(code_of(accounts.tenants.remove(as(root), alice.tenant, {})), "ok");
  auto transaction = *memory.begin(storage::Scope::of(alice.tenant.value), storage::Mode::Read);
  for (int kind = 0; kind < static_cast<int>(storage::kKindCount); ++kind) {
    EXPECT_TRUE(transaction->list(static_cast<storage::Kind>(kind), {})->empty()) << kind;
  }
  EXPECT_EQ(code_of(refresh(hers->refresh_token)), "invalid_credential");
  EXPECT_EQ(code_of(refresh(his->refresh_token)), "ok");
}

TEST_F(TenantsTest, roles_of_ones_own_are_made_changed_and_taken_away) {
  const model::User alice = given_owner("alice");
  const NewRole reader{
      .name = "reader", .description = "reads", .permissions = {"gateway:read"}, .tenant = {}};
  ASSERT_EQ(code_of(accounts.roles.create(as(alice), reader)), "ok");
  EXPECT_EQ(code_of(accounts.roles.create(as(alice), reader)), "already_exists");
  const model::User bob = given_colleague(alice, "bob", {"reader"});
  const RolePatch wider{.permissions = std::vector<std::string>{"gateway:read", "quota:read"}};
  ASSERT_EQ(code_of(accounts.roles.patch(as(alice), {}, "reader", wider, {})), "ok");
  EXPECT_TRUE(permissions_of(bob).has(model::Permission::QuotaRead));
  EXPECT_EQ(accounts.roles.list(as(alice), {})->size(), 5u) << "four built in, one of their own";
  ASSERT_EQ(code_of(accounts.roles.remove(as(alice), {}, "reader", {})), "ok");
  EXPECT_TRUE(stored<model::User>(bob.id.value)->roles.empty());
  EXPECT_EQ(code_of(accounts.roles.get(as(alice), {}, "reader")), "not_found");
}

TEST_F(TenantsTest, a_role_cannot_hold_what_its_maker_does_not_have) {
  const model::User root = given_administrator();
  const model::User alice = given_owner("alice");
  const auto make = [&](const model::User& by, const char* name, const char* permission,
                        std::optional<model::TenantId> tenant = {}) {
    return code_of(accounts.roles.create(
        as(by), {.name = name, .description = {}, .permissions = {permission}, .tenant = tenant}));
  };
  EXPECT_EQ(make(alice, "upgrade", "cluster:write"), "forbidden");
  EXPECT_EQ(make(alice, "platform", "platform:manage"), "invalid_value");
  EXPECT_EQ(make(root, "platform", "platform:manage", alice.tenant), "invalid_value");
  EXPECT_EQ(make(root, "operators", "cluster:write", alice.tenant), "ok");
  EXPECT_EQ(make(alice, "owner", "gateway:read"), "already_exists");
  EXPECT_EQ(make(alice, "Bad Name", "gateway:read"), "invalid_value");
  EXPECT_EQ(make(alice, "typo", "gateway:raed"), "invalid_value");
}

TEST_F(TenantsTest, the_role_that_makes_the_last_administrator_cannot_lose_that) {
  const model::User alice = given_owner("alice");
  const auto all = model::names_of(permissions_of(alice));
  ASSERT_TRUE(accounts.roles.create(
      as(alice), {.name = "boss", .description = {}, .permissions = all, .tenant = {}}));
  ASSERT_TRUE(
      accounts.users.patch(as(alice), alice.id, {.roles = std::vector<std::string>{"boss"}}, {}));
  const model::User boss = *stored<model::User>(alice.id.value);
  const RolePatch less{.permissions = std::vector<std::string>{"gateway:read"}};
  EXPECT_EQ(code_of(accounts.roles.patch(as(boss), {}, "boss", less, {})), "last_administrator");
  EXPECT_EQ(code_of(accounts.roles.remove(as(boss), {}, "boss", {})), "last_administrator");
  EXPECT_EQ(stored<model::User>(alice.id.value)->roles, std::vector<std::string>{"boss"});
}

TEST_F(TenantsTest, roles_of_other_tenants_do_not_exist) {
  const model::User alice = given_owner("alice");
  const model::User eve = given_owner("eve");
  ASSERT_TRUE(accounts.roles.create(
      as(alice),
      {.name = "reader", .description = {}, .permissions = {"gateway:read"}, .tenant = {}}));
  EXPECT_EQ(code_of(accounts.roles.get(as(eve), {}, "reader")), "not_found");
  EXPECT_EQ(code_of(accounts.roles.get(as(eve), alice.tenant, "reader")), "not_found");
  EXPECT_EQ(code_of(accounts.roles.remove(as(eve), alice.tenant, "reader", {})), "not_found");
}

}  // namespace
}  // namespace apiforge::auth::accounts
