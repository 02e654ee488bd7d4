#include "auth/authenticator.hpp"

#include <gtest/gtest.h>

#include "auth/api_key_text.hpp"
#include "auth/credential_text.hpp"
#include "auth/directory_samples.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth {
namespace {

using namespace std::chrono_literals;
using enum model::Permission;

constexpr WallTime kStart{std::chrono::seconds(1'800'000'000)};

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    change({.tenants = {{sample_tenant("t1")}}, .users = {{sample_user("u1", "t1")}}});
  }

  void change(const DirectoryChanges& changes) { directory_ = directory_->with(changes, now_); }

  static SigningKeySet signing_keys(char filling = 's') {
    const Secret secret(std::string(64, filling));
    return {{*signing_key_from_secret(TokenAlgorithm::Hs256, secret)}};
  }
  static TokenTrust trust_in(const SigningKeySet& keys) {
    return {std::make_shared<const TokenVerifier>(*TokenVerifier::make(keys, {})), nullptr,
            "apiforge"};
  }

  /// The text of a new key with this id in the Directory.
  std::string given_key(const std::string& id = make_id()) {
    const NewApiKey made = make_api_key("test", {id});
    const std::string text(made.text.reveal());
    change({.keys = {{sample_key(id, "t1", "u1", text)}}});
    return text;
  }

  std::string token(const AccessClaims& claims) const {
    return std::string(TokenIssuer::make(signing_keys(), {})->issue(claims)->reveal());
  }
  AccessClaims claims() const {
    AccessClaims claims;
    claims.user = {"u1"};
    claims.tenant = {"t1"};
    claims.session = {"s1"};
    claims.issued_at = now_;
    claims.expires_at = now_ + 30min;
    return claims;
  }

  Result<std::shared_ptr<const Caller>> authenticate(std::string_view text) {
    return authenticator_.authenticate(text, *directory_, now_);
  }
  void expect_refused(std::string_view text) {
    const auto caller = authenticate(text);
    ASSERT_FALSE(caller);
    EXPECT_EQ(caller.error().code, ErrorCode::InvalidCredential);
    EXPECT_EQ(caller.error().detail, kInvalidCredentialDetail);
  }

  WallTime now_ = kStart;
  std::shared_ptr<const Directory> directory_ = std::make_shared<const Directory>();
  Authenticator authenticator_{
      std::make_shared<const CredentialHasher>(Secret(std::string(32, 'k'))),
      trust_in(signing_keys())};
};

TEST_F(AuthenticatorTest, a_key_stands_for_its_owner_within_its_scopes) {
  const std::string id = make_id();
  const std::string text = given_key(id);
  const auto caller = authenticate(text);
  ASSERT_TRUE(caller) << caller.error().context;
  EXPECT_EQ((*caller)->tenant.value, "t1");
  EXPECT_EQ((*caller)->user.value, "u1");
  EXPECT_EQ((*caller)->key->value, id);
  EXPECT_EQ((*caller)->label, "key:" + id);
  EXPECT_EQ((*caller)->permissions, model::PermissionSet({GatewayCall, GatewayRead}));
  EXPECT_EQ(*authenticate(text), *caller) << "the second time it comes from the cache";
}

TEST_F(AuthenticatorTest, a_key_never_may_more_than_its_owner_at_the_moment) {
  const std::string text = given_key();
  ASSERT_TRUE((*authenticate(text))->permissions.has(GatewayCall));
  change({.users = {{sample_user("u1", "t1", {"viewer"})}}});
  EXPECT_EQ((*authenticate(text))->permissions, model::PermissionSet({GatewayRead}));
  change({.roles = {sample_role("t1", "caller", {GatewayCall})},
          .users = {{sample_user("u1", "t1", {"caller"})}}});
  EXPECT_EQ((*authenticate(text))->permissions, model::PermissionSet({GatewayCall}));
  change({.roles = {sample_role("t1", "caller", {GatewayCall}, true)}});
  EXPECT_TRUE((*authenticate(text))->permissions.empty());
}

TEST_F(AuthenticatorTest, a_change_ends_keys_and_tokens_at_once) {
  const std::string key = given_key();
  const std::string access = token(claims());
  const auto both = [&](bool accepted) {
    EXPECT_EQ(authenticate(key).has_value(), accepted);
    EXPECT_EQ(authenticate(access).has_value(), accepted);
  };
  both(true);
  change({.tenants = {{sample_tenant("t1", true)}}});
  both(false);
  change({.tenants = {{sample_tenant("t1")}}});
  both(true);
  model::User user = sample_user("u1", "t1");
  user.disabled = true;
  change({.users = {{user}}});
  both(false);
  change({.users = {{sample_user("u1", "t1")}}});
  both(true);
  change({.users = {{sample_user("u1", "t1"), true}}});
  both(false);
}

TEST_F(AuthenticatorTest, a_key_of_one_tenant_does_not_pass_to_another_with_its_owner) {
  const std::string text = given_key();
  change({.tenants = {{sample_tenant("t2")}}, .users = {{sample_user("u1", "t2")}}});
  expect_refused(text);
}

TEST_F(AuthenticatorTest, a_removed_key_is_refused_though_it_was_seen) {
  const std::string id = make_id();
  const std::string text = given_key(id);
  ASSERT_TRUE(authenticate(text));
  change({.keys = {{sample_key(id, "t1", "u1"), true}}});
  expect_refused(text);
}

TEST_F(AuthenticatorTest, a_key_counts_until_it_expires) {
  const std::string id = make_id();
  const std::string text(make_api_key("live", {id}).text.reveal());
  model::ApiKey key = sample_key(id, "t1", "u1", text);
  key.expires_at = now_ + 1min;
  change({.keys = {{key}}});
  ASSERT_TRUE(authenticate(text));
  now_ += 1min - 1ns;
  ASSERT_TRUE(authenticate(text));
  now_ += 1ns;
  expect_refused(text);
}

TEST_F(AuthenticatorTest, what_is_no_key_of_ours_is_refused) {
  std::string text = given_key();
  expect_refused("");
  expect_refused("afk_");
  expect_refused(make_api_key("test", {make_id()}).text.reveal());
  expect_refused(text.substr(1));
  text.back() = text.back() == 'a' ? 'b' : 'a';
  expect_refused(text);
  expect_refused(std::string(kMaxCredentialBytes + 1, 'a'));
  expect_refused("afr_" + text.substr(4));
}

TEST_F(AuthenticatorTest, a_token_stands_for_its_user_with_the_roles_of_the_moment) {
  AccessClaims with_more = claims();
  with_more.roles = {"admin"};
  const std::string text = token(with_more);
  const auto caller = authenticate(text);
  ASSERT_TRUE(caller) << caller.error().context;
  EXPECT_EQ((*caller)->label, "user:name of u1");
  EXPECT_EQ((*caller)->session.value, "s1");
  EXPECT_FALSE((*caller)->key);
  EXPECT_EQ((*caller)->permissions, *model::built_in_role("developer"));
  EXPECT_EQ(*authenticate(text), *caller);
}

TEST_F(AuthenticatorTest, a_token_ends_with_its_session) {
  const std::string text = token(claims());
  ASSERT_TRUE(authenticate(text));
  change({.revoked_sessions = {{"s1"}}});
  expect_refused(text);
}

TEST_F(AuthenticatorTest, a_token_ends_with_its_time) {
  const std::string text = token(claims());
  ASSERT_TRUE(authenticate(text));
  now_ += 30min + 31s;
  expect_refused(text);
  now_ = kStart;
  EXPECT_TRUE(authenticate(text));
}

TEST_F(AuthenticatorTest, tokens_from_before_tokens_valid_from_are_void) {
  const std::string text = token(claims());
  ASSERT_TRUE(authenticate(text));
  model::User user = sample_user("u1", "t1");
  user.tokens_valid_from = now_ + 900ms;
  change({.users = {{user}}});
  EXPECT_TRUE(authenticate(text)) << "tokens tell their time in whole seconds";
  user.tokens_valid_from = now_ + 1s;
  change({.users = {{user}}});
  expect_refused(text);
}

TEST_F(AuthenticatorTest, a_token_for_another_tenant_than_its_users_is_refused) {
  change({.tenants = {{sample_tenant("t2")}}});
  AccessClaims other = claims();
  other.tenant = {"t2"};
  expect_refused(token(other));
}

TEST_F(AuthenticatorTest, tokens_of_a_key_that_is_trusted_no_more_are_refused_though_seen) {
  const std::string text = token(claims());
  ASSERT_TRUE(authenticate(text));
  authenticator_.trust(trust_in(signing_keys('x')));
  expect_refused(text);
  authenticator_.trust(trust_in(signing_keys()));
  EXPECT_TRUE(authenticate(text));
}

TEST_F(AuthenticatorTest, knows_what_can_only_be_for_this_gateway) {
  EXPECT_TRUE(authenticator_.is_ours("afk_anything"));
  EXPECT_TRUE(authenticator_.is_ours(token(claims())));
  EXPECT_FALSE(authenticator_.is_ours("sk-proj-1"));
  EXPECT_FALSE(authenticator_.is_ours("a.b.c"));
}

TEST_F(AuthenticatorTest, remembers_a_bounded_number_and_is_right_about_all) {
  std::vector<std::string> texts;
  DirectoryChanges changes;
  for (std::size_t i = 0; i < 2 * Authenticator::kSets * Authenticator::kWays; ++i) {
    const std::string id = make_id();
    texts.emplace_back(make_api_key("test", {id}).text.reveal());
    changes.keys.push_back({sample_key(id, "t1", "u1", texts.back())});
  }
  change(changes);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto caller = authenticate(texts[i]);
      ASSERT_TRUE(caller);
      ASSERT_EQ(*(*caller)->key, changes.keys[i].value.id);
    }
  }
  EXPECT_LE(authenticator_.take_uses().size(), Authenticator::kMaxUses);
}

TEST_F(AuthenticatorTest, tells_once_when_keys_were_used_last) {
  const std::string id = make_id();
  const std::string text = given_key(id);
  ASSERT_TRUE(authenticate(text));
  now_ += 5s;
  ASSERT_TRUE(authenticate(text));
  ASSERT_TRUE(authenticate(token(claims())));
  EXPECT_EQ(authenticator_.take_uses(), (std::vector<KeyUse>{{id, kStart + 5s}}));
  EXPECT_TRUE(authenticator_.take_uses().empty());
}

}  // namespace
}  // namespace apiforge::auth
