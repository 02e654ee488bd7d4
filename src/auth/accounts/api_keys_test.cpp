#include "auth/accounts/api_keys.hpp"

#include <gtest/gtest.h>

#include "auth/accounts/accounts_fixture.hpp"
#include "auth/api_key_text.hpp"

namespace apiforge::auth::accounts {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class ApiKeysTest : public AccountsFixture {
 protected:
  std::string digest_of(const Secret& text) {
    const CredentialDigest digest = digests.digest(text.reveal());
    return {digest.begin(), digest.end()};
  }
  std::string create(const Actor& actor, const NewApiKeyRequest& request) {
    return code_of(accounts.api_keys.create(actor, request));
  }
};

TEST_F(ApiKeysTest, a_key_is_shown_once_and_only_its_digest_is_kept) {
  const model::User alice = given_owner("alice");
  const auto made = given_key(alice, {"gateway:call"});
  EXPECT_TRUE(is_well_formed_api_key(made.text.reveal()));
  EXPECT_TRUE(made.text.reveal().starts_with("afk_dev_"));
  const model::ApiKey key = *stored<model::ApiKey>(made.view.key.value.id.value);
  ASSERT_EQ(key.secrets.size(), 1u);
  EXPECT_EQ(key.secrets[0].digest, digest_of(made.text));
  EXPECT_EQ(key.owner, alice.id);
  EXPECT_EQ(last_told(), "api_key.create ok");
}

TEST_F(ApiKeysTest, scopes_are_a_part_of_what_the_owner_may) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"viewer"});
  EXPECT_EQ(create(as(bob), {.name = "k", .scopes = {"gateway:read"}}), "ok");
  EXPECT_EQ(create(as(bob), {.name = "k", .scopes = {"gateway:call"}}), "forbidden");
  EXPECT_EQ(create(as(bob), {.name = "k", .scopes = {}}), "invalid_value");
  EXPECT_EQ(create(as(bob), {.name = "k", .scopes = {"gateway:cal"}}), "invalid_value");
  EXPECT_EQ(create(as(alice), {.name = "k", .scopes = {"gateway:call"}, .owner = bob.id}),
            "forbidden")
      << "not beyond its owner, whoever makes it";
  EXPECT_EQ(create(as(alice), {.name = "k", .scopes = {"gateway:read"}, .owner = bob.id}), "ok");
  EXPECT_EQ(create(as(bob), {.name = "k", .scopes = {"gateway:read"}, .owner = alice.id}),
            "forbidden");
}

TEST_F(ApiKeysTest, members_that_break_a_rule_are_refused) {
  const model::User alice = given_owner("alice");
  const std::vector<std::string> call{"gateway:call"};
  const NewApiKeyRequest good{.name = "k", .scopes = call};
  const auto with = [&](auto change) {
    NewApiKeyRequest request = good;
    change(request);
    return create(as(alice), request);
  };
  EXPECT_EQ(with([](auto& r) { r.name = ""; }), "invalid_value");
  EXPECT_EQ(with([](auto& r) { r.apis = {}; }), "invalid_value");
  EXPECT_EQ(with([](auto& r) { r.apis = {"*", "binance"}; }), "invalid_value");
  EXPECT_EQ(with([](auto& r) { r.allowed_cidrs = {"10.0.0.1/8"}; }), "invalid_value");
  EXPECT_EQ(with([&](auto& r) { r.expires_at = clock.wall(); }), "invalid_value");
  EXPECT_EQ(with([&](auto& r) { r.expires_at = clock.wall() + hours(1); }), "ok");
}

TEST_F(ApiKeysTest, a_rotated_key_has_two_texts_while_they_overlap_and_never_three) {
  const model::User alice = given_owner("alice");
  const auto made = given_key(alice, {"gateway:call"});
  const model::ApiKeyId id = made.view.key.value.id;
  const auto second = accounts.api_keys.rotate(as(alice), id, hours(2), {});
  ASSERT_EQ(code_of(second), "ok");
  auto key = *stored<model::ApiKey>(id.value);
  ASSERT_EQ(key.secrets.size(), 2u);
  EXPECT_EQ(key.secrets[0].digest, digest_of(second->text));
  EXPECT_FALSE(key.secrets[0].until);
  EXPECT_EQ(key.secrets[1].digest, digest_of(made.text));
  EXPECT_EQ(key.secrets[1].until, clock.wall() + hours(2));

  const auto third = accounts.api_keys.rotate(as(alice), id, milliseconds(0), {});
  ASSERT_EQ(code_of(third), "ok");
  key = *stored<model::ApiKey>(id.value);
  ASSERT_EQ(key.secrets.size(), 2u);
  EXPECT_EQ(key.secrets[0].digest, digest_of(third->text));
  EXPECT_EQ(key.secrets[1].until, clock.wall());
  for (const auto overlap : {milliseconds(-1), kMaxKeyOverlap + milliseconds(1)}) {
    EXPECT_EQ(code_of(accounts.api_keys.rotate(as(alice), id, overlap, {})), "invalid_value");
  }
}

TEST_F(ApiKeysTest, a_list_says_when_each_key_was_used) {
  const model::User alice = given_owner("alice");
  const auto used = given_key(alice, {"gateway:call"});
  given_key(alice, {"gateway:call"});
  {
    auto transaction = *memory.begin(storage::Scope::platform(), storage::Mode::Write);
    const std::pair<std::string, WallTime> use{used.view.key.value.id.value, clock.wall()};
    ASSERT_TRUE(transaction->note_last_use(std::span(&use, 1)));
    ASSERT_TRUE(transaction->commit());
  }
  const auto page = accounts.api_keys.list(as(alice), {});
  ASSERT_EQ(page->items.size(), 2u);
  for (const ApiKeyView& view : page->items) {
    const bool is_used = view.key.value.id == used.view.key.value.id;
    EXPECT_EQ(view.last_used_at.has_value(), is_used);
  }
}

TEST_F(ApiKeysTest, keys_of_others_are_for_who_manages_users) {
  const model::User alice = given_owner("alice");
  const model::User bob = given_colleague(alice, "bob", {"developer"});
  const model::User eve = given_owner("eve");
  const model::ApiKeyId hers = given_key(alice, {"gateway:call"}).view.key.value.id;
  const model::ApiKeyId his = given_key(bob, {"gateway:call"}).view.key.value.id;
  for (const model::User& other : {bob, eve}) {
    EXPECT_EQ(code_of(accounts.api_keys.get(as(other), hers)), "not_found");
    EXPECT_EQ(code_of(accounts.api_keys.patch(as(other), hers, {.name = "x"}, {})), "not_found");
    EXPECT_EQ(code_of(accounts.api_keys.rotate(as(other), hers, hours(1), {})), "not_found");
    EXPECT_EQ(code_of(accounts.api_keys.remove(as(other), hers, {})), "not_found");
  }
  EXPECT_EQ(code_of(accounts.api_keys.list(as(bob), {.whose = Whose::Everyone})), "forbidden");
  EXPECT_EQ(accounts.api_keys.list(as(alice), {.whose = Whose::Everyone})->items.size(), 2u);
  EXPECT_EQ(accounts.api_keys.list(as(alice), {})->items.size(), 1u);
  EXPECT_EQ(code_of(accounts.api_keys.remove(as(alice), his, {})), "ok");
}

TEST_F(ApiKeysTest, a_key_makes_no_key_unless_it_manages_and_never_a_greater_one) {
  const model::User alice = given_owner("alice");
  const auto plain = given_key(alice, {"gateway:call"});
  const auto managing = given_key(alice, {"auth:manage", "gateway:read"});
  const Actor by_plain = as(plain.view.key.value, alice);
  Actor by_managing = as(managing.view.key.value, alice);
  const NewApiKeyRequest call{.name = "k", .scopes = {"gateway:call"}};
  const NewApiKeyRequest read{.name = "k", .scopes = {"gateway:read"}};
  EXPECT_EQ(create(by_plain, call), "forbidden");
  EXPECT_EQ(create(by_managing, call), "forbidden");
  EXPECT_EQ(create(by_managing, read), "ok");
  EXPECT_EQ(code_of(accounts.api_keys.rotate(by_managing, plain.view.key.value.id, hours(1), {})),
            "forbidden")
      << "the new text could do what the caller cannot";
  auto restricted = std::make_unique<Caller>(*by_managing.caller);
  restricted->restrictions = std::make_shared<const KeyRestrictions>();
  EXPECT_EQ(create(actor_of(std::move(restricted)), read), "forbidden");
}

TEST_F(ApiKeysTest, a_patch_changes_what_it_names_and_says_so) {
  const model::User alice = given_owner("alice");
  const auto made = given_key(alice, {"gateway:call"});
  const model::ApiKeyId id = made.view.key.value.id;
  const ApiKeyPatch patch{.name = "renamed",
                          .allowed_cidrs = std::vector<std::string>{"10.0.0.0/8"}};
  const auto view = accounts.api_keys.patch(as(alice), id, patch, made.view.key.revision);
  ASSERT_EQ(code_of(view), "ok");
  EXPECT_EQ(view->key.value.name, "renamed");
  EXPECT_EQ(view->key.value.allowed_cidrs.size(), 1u);
  EXPECT_EQ(view->key.value.scopes, made.view.key.value.scopes);
  const std::string details = audit().front().details;
  EXPECT_NE(details.find(R"("name":"renamed")"), std::string::npos) << details;
  EXPECT_EQ(code_of(accounts.api_keys.patch(as(alice), id, patch, made.view.key.revision)),
            "version_conflict");
}

TEST_F(ApiKeysTest, a_failed_commit_gives_no_key) {
  const model::User alice = given_owner("alice");
  const Actor actor = as(alice);
  store.fail_next(storage::Operation::Commit);
  EXPECT_EQ(create(actor, {.name = "k", .scopes = {"gateway:call"}}), "storage_unavailable");
  EXPECT_TRUE(accounts.api_keys.list(actor, {})->items.empty());
  EXPECT_EQ(last_told(), "user.register ok") << "nothing was told of a key either";
}

}  // namespace
}  // namespace apiforge::auth::accounts
