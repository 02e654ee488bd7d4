#include "auth/access_token.hpp"

#include <gtest/gtest.h>

#include "auth/token_workshop.hpp"

namespace apiforge::auth {
namespace {

using namespace test;

class AccessToken : public testing::TestWithParam<TokenAlgorithm> {};

TEST_P(AccessToken, SaysToWhoVerifiesItWhatWasSigned) {
  const SigningKeySet keys{{key_named_after(GetParam())}};
  const auto token = TokenIssuer::make(keys, {})->issue(good_claims()).value();
  const auto verifier = TokenVerifier::make(keys, {}).value();
  const auto claims = verifier.verify(token.reveal(), kNow + seconds(1));
  ASSERT_TRUE(claims) << claims.error().context;
  const auto expected = good_claims();
  EXPECT_EQ(claims->user, expected.user);
  EXPECT_EQ(claims->tenant, expected.tenant);
  EXPECT_EQ(claims->session, expected.session);
  EXPECT_EQ(claims->jti, expected.jti);
  EXPECT_EQ(claims->roles, expected.roles);
  EXPECT_EQ(claims->issued_at, expected.issued_at);
  EXPECT_EQ(claims->not_before, expected.not_before);
  EXPECT_EQ(claims->expires_at, expected.expires_at);
  EXPECT_EQ(claims->issuer, "apiforge");
  EXPECT_FALSE(claims->external);
}

TEST_P(AccessToken, OfAnotherKeyOfTheSameKindAndNameIsRefused) {
  const SigningKeySet keys{{key_named_after(GetParam())}};
  const auto token = TokenIssuer::make(keys, {})->issue(good_claims()).value();
  const auto others = one_key(GetParam(), keys.keys[0].id);
  const auto verifier = TokenVerifier::make(others, {}).value();
  EXPECT_FALSE(verifier.verify(token.reveal(), kNow));
}

INSTANTIATE_TEST_SUITE_P(EveryAlgorithm, AccessToken, testing::ValuesIn(kEveryAlgorithm),
                         [](const auto& each) { return std::string(name_of(each.param)); });

/// A verifier and an issuer of one HS256 key.
struct Office {
  SigningKeySet keys = one_key(TokenAlgorithm::Hs256);
  TokenIssuer issuer = TokenIssuer::make(keys, {}).value();
  TokenVerifier verifier = TokenVerifier::make(keys, {}).value();

  bool accepts(const AccessClaims& claims, WallTime now) const {
    return verifier.verify(issuer.issue(claims)->reveal(), now).has_value();
  }
};

TEST(AccessTokenTimes, EndAtExpiryWithThirtySecondsOfLeeway) {
  const Office office;
  const auto claims = good_claims();
  EXPECT_TRUE(office.accepts(claims, claims.expires_at + seconds(29)));
  EXPECT_FALSE(office.accepts(claims, claims.expires_at + seconds(30)));
  EXPECT_FALSE(office.accepts(claims, claims.expires_at + std::chrono::years(100)));
}

TEST(AccessTokenTimes, BeginAtNotBeforeWithThirtySecondsOfLeeway) {
  const Office office;
  auto claims = good_claims();
  claims.not_before = kNow + seconds(100);
  EXPECT_TRUE(office.accepts(claims, kNow + seconds(70)));
  EXPECT_FALSE(office.accepts(claims, kNow + seconds(69)));
}

TEST(AccessTokenTimes, AreNotInTheFuture) {
  const Office office;
  EXPECT_TRUE(office.accepts(good_claims(), kNow - seconds(30)));
  EXPECT_FALSE(office.accepts(good_claims(), kNow - seconds(31)));
}

TEST(AccessTokenIssue, GivesEachTokenAnIdOfItsOwn) {
  const Office office;
  auto claims = good_claims();
  claims.jti.clear();
  const auto id = [&] {
    return office.verifier.verify(office.issuer.issue(claims)->reveal(), kNow)->jti;
  };
  EXPECT_NE(id(), id());
}

TEST(AccessTokenIssue, NeedsAKeyWhoseTimeHasCome) {
  const Office office;
  auto claims = good_claims();
  claims.issued_at = kNow - seconds(61);
  const auto token = office.issuer.issue(claims);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, ErrorCode::InternalError);
}

TEST(AccessTokenIssue, RefusesAKeyWhoseHalvesDoNotBelongTogether) {
  auto one = one_key(TokenAlgorithm::Es256);
  const auto other = one_key(TokenAlgorithm::Es256);
  const auto private_half = [](const SigningKeySet& set) {
    const auto text = set.keys[0].jwk.reveal();
    return std::string(text.substr(text.find("\"d\"")));
  };
  std::string mixed(one.keys[0].jwk.reveal());
  mixed.replace(mixed.find("\"d\""), std::string::npos, private_half(other));
  one.keys[0].jwk = Secret(mixed);
  EXPECT_FALSE(TokenIssuer::make(one, {}));
}

TEST(AccessTokenKeys, HaveOneIdEach) {
  auto keys = one_key(TokenAlgorithm::Hs256, "same");
  keys.keys.push_back(one_key(TokenAlgorithm::Es256, "same").keys[0]);
  EXPECT_FALSE(TokenVerifier::make(keys, {}));
}

TEST(AccessTokenKeys, AreChosenByTheIdInTheToken) {
  SigningKeySet keys;
  for (const auto algorithm : kEveryAlgorithm) {
    keys.keys.push_back(key_named_after(algorithm));
  }
  const auto verifier = TokenVerifier::make(keys, {}).value();
  for (const auto& key : keys.keys) {
    const auto token = TokenIssuer::make({{key}}, {})->issue(good_claims()).value();
    EXPECT_TRUE(verifier.verify(token.reveal(), kNow)) << key.id;
  }
}

}  // namespace
}  // namespace apiforge::auth
