#include "auth/trusted_issuers.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "auth/detail/token_key.hpp"
#include "auth/token_workshop.hpp"

namespace apiforge::auth {
namespace {

using namespace test;

/// A provider with keys of its own, and the verifier that trusts it.
class TrustedIssuers : public testing::Test {
 protected:
  TrustedIssuers() {
    for (const auto algorithm : {TokenAlgorithm::Rs256, TokenAlgorithm::Ps256,
                                 TokenAlgorithm::Es256, TokenAlgorithm::EdDsa}) {
      provider_.keys.push_back(key_named_after(algorithm));
    }
    trusted_.issuer = "https://login.example.org";
    trusted_.audience = "gateway";
    trusted_.tenant.value = "tenant-1";
    trusted_.roles_claim = "/realm_access/roles";
    trusted_.default_roles = {"viewer"};
    trusted_.allowed_roles = {"developer", "operator"};
  }

  ExternalVerifier verifier() const {
    return ExternalVerifier::make({{trusted_, PublishedKeys::parse(jwks(provider_)).value()}})
        .value();
  }
  /// A token of type at+jwt, signed with the key of that name.
  std::string signed_by_provider(const std::string& payload, std::string_view id = "ES256") const {
    const auto key = std::ranges::find(provider_.keys, id, &SigningKey::id);
    const auto json = StrictJson::parse(key->jwk.reveal()).value();
    return std::string(TokenKey::make(key->id, key->algorithm, json, json.root(), JwkPart::Whole)
                           ->sign(payload)
                           ->reveal());
  }
  /// A token with any header, signed with the Ed25519 key.
  std::string with_header(const std::string& header) const {
    const auto jwk = StrictJson::parse(provider_.keys.back().jwk.reveal()).value();
    const auto seed = base64url_decode(*jwk.text_of("d")).value();
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> point{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
    crypto_sign_seed_keypair(point.data(), secret.data(), bytes_of(seed).data());
    const auto input = signing_input(header, good_payload_of_provider());
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         bytes_of(input).data(), input.size(), secret.data());
    return with_signature(input, signature);
  }
  static std::string good_payload_of_provider() { return payload_with(R"("aud":"gateway")"); }
  static std::string payload_with(const std::string& members) {
    return R"({"iss":"https://login.example.org","sub":"auth0|42","iat":1700000000,)"
           R"("exp":1700000900,)" +
           members + "}";
  }
  Result<AccessClaims> verified(const std::string& payload) const {
    return verifier().verify(signed_by_provider(payload), kNow);
  }
  void expect_refused(const std::string& payload) const {
    const auto claims = verified(payload);
    ASSERT_FALSE(claims) << payload;
    EXPECT_EQ(claims.error().code, ErrorCode::InvalidCredential);
    EXPECT_EQ(claims.error().detail, kInvalidCredentialDetail);
  }

  SigningKeySet provider_;
  TrustedIssuer trusted_;
};

TEST_F(TrustedIssuers, AreBelievedAboutTheirUsers) {
  for (const auto& key : provider_.keys) {
    const auto token = signed_by_provider(
        payload_with(R"("aud":"gateway","jti":"j","realm_access":{"roles":["developer"]})"),
        key.id);
    const auto claims = verifier().verify(token, kNow);
    ASSERT_TRUE(claims) << key.id << ": " << claims.error().context;
    EXPECT_TRUE(claims->external);
    EXPECT_EQ(claims->issuer, "https://login.example.org");
    EXPECT_EQ(claims->user.value, "auth0|42");
    EXPECT_EQ(claims->tenant.value, "tenant-1");
    EXPECT_EQ(claims->roles, std::vector<std::string>{"developer"});
    EXPECT_EQ(claims->not_before, claims->issued_at);
  }
}

TEST_F(TrustedIssuers, GrantNoRoleBeyondThoseAllowed) {
  const auto roles = [&](const std::string& member) {
    return verified(payload_with(R"("aud":"gateway")" + member))->roles;
  };
  using Roles = std::vector<std::string>;
  EXPECT_EQ(roles(""), Roles{"viewer"});
  EXPECT_EQ(roles(R"(,"realm_access":{"roles":["admin","owner","operator"]})"), Roles{"operator"});
  EXPECT_EQ(roles(R"(,"realm_access":{"roles":["admin"]})"), Roles{});
  EXPECT_EQ(roles(R"(,"realm_access":{"roles":"developer  admin operator"})"),
            (Roles{"developer", "operator"}));
  expect_refused(payload_with(R"("aud":"gateway","realm_access":{"roles":[1]})"));
  expect_refused(payload_with(R"("aud":"gateway","realm_access":{"roles":{}})"));
}

TEST_F(TrustedIssuers, SpeakForTheirTenantsOnly) {
  trusted_.tenant_claim = "/org/tenant";
  trusted_.tenants = {{"tenant-1"}, {"tenant-2"}};
  const auto claims = verified(payload_with(R"("aud":"gateway","org":{"tenant":"tenant-2"})"));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->tenant.value, "tenant-2");
  expect_refused(payload_with(R"("aud":"gateway","org":{"tenant":"platform"})"));
  expect_refused(payload_with(R"("aud":"gateway","org":{"tenant":["tenant-1"]})"));
  expect_refused(payload_with(R"("aud":"gateway","org":"tenant-1")"));
  expect_refused(payload_with(R"("aud":"gateway")"));
}

TEST_F(TrustedIssuers, MustNameThisGatewayAmongTheAudience) {
  EXPECT_TRUE(verified(payload_with(R"("aud":["other","gateway"])")));
  for (const auto* audience : {R"("aud":"other")", R"("aud":["other"])", R"("aud":[])",
                               R"("aud":{"gateway":1})", R"("azp":"gateway")"}) {
    expect_refused(payload_with(audience));
  }
}

TEST_F(TrustedIssuers, AreRefusedOutOfTime) {
  const auto token = signed_by_provider(good_payload_of_provider());
  EXPECT_TRUE(verifier().verify(token, kNow + seconds(929)));
  EXPECT_FALSE(verifier().verify(token, kNow + seconds(930)));
  EXPECT_FALSE(verifier().verify(token, kNow - seconds(31)));
  expect_refused(payload_with(R"("aud":"gateway","nbf":1700000031)"));
  expect_refused(payload_with(R"("aud":"gateway","nbf":"1700000000")"));
}

TEST_F(TrustedIssuers, MayTypeTheirTokensAsStandardsDo) {
  const auto accepted = [&](const std::string& type) {
    return verifier()
        .verify(with_header(R"({"alg":"EdDSA","kid":"EdDSA")" + type + "}"), kNow)
        .has_value();
  };
  EXPECT_TRUE(accepted(""));
  for (const auto* type : {"JWT", "jwt", "at+jwt", "application/at+jwt"}) {
    EXPECT_TRUE(accepted(R"(,"typ":")" + std::string(type) + "\"")) << type;
  }
  for (const auto* type : {"logout+jwt", "dpop+jwt", "application/", "x/JWT"}) {
    EXPECT_FALSE(accepted(R"(,"typ":")" + std::string(type) + "\"")) << type;
  }
  EXPECT_FALSE(accepted(R"(,"jku":"https://login.example.org/keys")"));
}

TEST_F(TrustedIssuers, NeedTheNameOfTheKeyWhenThereAreSeveral) {
  EXPECT_FALSE(verifier().verify(with_header(R"({"alg":"EdDSA"})"), kNow));
  provider_.keys.erase(provider_.keys.begin(), provider_.keys.end() - 1);
  EXPECT_TRUE(verifier().verify(with_header(R"({"alg":"EdDSA"})"), kNow));
  EXPECT_FALSE(verifier().verify(with_header(R"({"alg":"EdDSA","kid":"other"})"), kNow));
}

TEST_F(TrustedIssuers, AreAskedAgainWhenATokenNamesAKeyThatIsNotThere) {
  const auto flag = std::make_shared<MissingKeyFlag>();
  SigningKeySet early;
  early.keys = {provider_.keys.front()};
  const auto verifier =
      ExternalVerifier::make({{trusted_, PublishedKeys::parse(jwks(early)).value(), flag}}).value();
  const auto payload = good_payload_of_provider();
  ASSERT_TRUE(verifier.verify(signed_by_provider(payload, early.keys.front().id), kNow));
  EXPECT_FALSE(flag->take());

  EXPECT_FALSE(verifier.verify(signed_by_provider(payload, "ES256"), kNow));
  EXPECT_TRUE(flag->take());
  EXPECT_FALSE(flag->take());
}

TEST_F(TrustedIssuers, DoNotVouchForEachOther) {
  TrustedIssuer other = trusted_;
  other.issuer = "https://other.example.org";
  const SigningKeySet other_keys = one_key(TokenAlgorithm::Es256, "ES256");
  const auto both =
      ExternalVerifier::make({{trusted_, PublishedKeys::parse(jwks(provider_)).value()},
                              {other, PublishedKeys::parse(jwks(other_keys)).value()}})
          .value();
  const auto payload = R"({"iss":"https://other.example.org","aud":"gateway","sub":"a",)"
                       R"("iat":1700000000,"exp":1700000900})";
  EXPECT_TRUE(both.verify(signed_by_provider(good_payload_of_provider()), kNow));
  EXPECT_FALSE(both.verify(signed_by_provider(payload), kNow));
}

TEST_F(TrustedIssuers, OfOurOwnTokensAreNone) {
  EXPECT_FALSE(verifier().verify(signed_by_provider(good_payload()), kNow));
  EXPECT_EQ(claimed_issuer(signed_by_provider(good_payload())), "apiforge");
  EXPECT_EQ(claimed_issuer(signed_by_provider(good_payload_of_provider())),
            "https://login.example.org");
  EXPECT_EQ(claimed_issuer("no token"), "");
  EXPECT_EQ(claimed_issuer(signed_by_provider(good_payload()) + "=damaged"), "apiforge");
}

TEST_F(TrustedIssuers, NeedAnAudienceAndATenant) {
  const auto keys = PublishedKeys::parse(jwks(provider_)).value();
  const auto refused = [&](auto change) {
    auto issuer = trusted_;
    change(issuer);
    return !ExternalVerifier::make({{issuer, keys}});
  };
  EXPECT_TRUE(refused([](TrustedIssuer& issuer) { issuer.audience.clear(); }));
  EXPECT_TRUE(refused([](TrustedIssuer& issuer) { issuer.issuer.clear(); }));
  EXPECT_TRUE(refused([](TrustedIssuer& issuer) { issuer.tenant.value.clear(); }));
  EXPECT_TRUE(refused([](TrustedIssuer& issuer) { issuer.tenant_claim = "/tid"; }));
  EXPECT_FALSE(ExternalVerifier::make({{trusted_, keys}, {trusted_, keys}}));
}

/// How many keys of the set can be used; 0 when it is refused.
std::size_t usable(const std::string& keys) {
  const auto parsed = PublishedKeys::parse(R"({"keys":[)" + keys + "]}");
  return parsed ? parsed->size() : 0;
}

/// What `jwks` publishes of a key, without the list around it.
std::string published(TokenAlgorithm algorithm, const std::string& id = "k") {
  const auto text = jwks(one_key(algorithm, id));
  return text.substr(9, text.size() - 11);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(PublishedKeys, TakeOnlyKeysForSignatures) {
  const auto key = published(TokenAlgorithm::Es256);
  EXPECT_EQ(usable(key), 1U);
  EXPECT_EQ(usable(replaced(key, R"("use":"sig",)", "")), 1U);
  EXPECT_EQ(usable(replaced(key, R"("use":"sig")", R"("use":"enc")")), 0U);
  EXPECT_EQ(usable(replaced(key, R"("use":"sig")", R"("key_ops":["verify"])")), 1U);
  EXPECT_EQ(usable(replaced(key, R"("use":"sig")", R"("key_ops":["encrypt"])")), 0U);
}

TEST(PublishedKeys, TakeOnlyAlgorithmsOfTheirKind) {
  const auto key = published(TokenAlgorithm::Rs256);
  EXPECT_EQ(usable(replaced(key, R"("alg":"RS256",)", "")), 1U);
  for (const auto* name : {"HS256", "none", "RS1", "ES256", "RSA-OAEP", "EdDSA"}) {
    EXPECT_EQ(usable(replaced(key, R"("alg":"RS256")", R"("alg":")" + std::string(name) + "\"")),
              0U)
        << name;
  }
}

TEST(PublishedKeys, LeaveOutSecretsAndWeakOrBrokenKeys) {
  EXPECT_EQ(usable(R"({"kty":"oct","kid":"k","alg":"HS256","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA)"
                   R"(AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"),
            0U);
  const auto rsa = published(TokenAlgorithm::Rs256);
  EXPECT_EQ(usable(replaced(rsa, R"("e":"AQAB")", R"("e":"AQ")")), 0U) << "anyone can sign";
  EXPECT_EQ(usable(replaced(rsa, R"("e":"AQAB")", R"("e":"AQAA")")), 0U);
  EXPECT_EQ(usable(R"({"kty":"RSA","kid":"k","n":")" +
                   base64url(bytes_of(std::string(128, '\xFF'))) + R"(","e":"AQAB"})"),
            0U)
      << "1024 bits";
  const std::string zeros = base64url(bytes_of(std::string(32, '\0')));
  const std::string ones = base64url(bytes_of(std::string(32, '\x01')));
  for (const auto& point : {zeros, ones}) {
    EXPECT_EQ(usable(R"({"kty":"EC","crv":"P-256","kid":"k","x":")" + point + R"(","y":")" + point +
                     R"("})"),
              0U)
        << "not on the curve";
  }
  EXPECT_EQ(usable(R"({"kty":"EC","crv":"P-384","kid":"k","x":"AA","y":"AA"})"), 0U);
}

TEST(PublishedKeys, AreBoundedInNumberAndSize) {
  std::string many;
  for (std::size_t i = 0; i < kMaxPublishedKeys; ++i) {
    many += (i > 0 ? "," : "") + published(TokenAlgorithm::EdDsa, "k" + std::to_string(i));
  }
  EXPECT_EQ(usable(many), kMaxPublishedKeys);
  EXPECT_EQ(usable(many + "," + published(TokenAlgorithm::EdDsa, "one-more")), 0U);
  EXPECT_FALSE(PublishedKeys::parse(std::string(kMaxJwksBytes + 1, ' ')));
}

TEST(PublishedKeys, AreAKeySetOrNothing) {
  for (const auto* text : {"", "{}", "[]", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1]})",
                           R"({"keys":[],"keys":[]})", "<html></html>"}) {
    const auto parsed = PublishedKeys::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidConfiguration);
  }
}

}  // namespace
}  // namespace apiforge::auth
