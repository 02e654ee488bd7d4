#include "auth/signing_keys.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth/token_workshop.hpp"

namespace apiforge::auth {
namespace {

using namespace test;
using std::chrono::hours;
using std::chrono::minutes;

/// The private key in PEM; frees it.
Secret pem_of(EVP_PKEY* key) {
  BIO* buffer = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(buffer, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(buffer, &text);
  Secret pem(std::string(text, static_cast<std::size_t>(size)));
  BIO_free(buffer);
  EVP_PKEY_free(key);
  return pem;
}

EVP_PKEY* key_for(TokenAlgorithm algorithm) {
  if (algorithm == TokenAlgorithm::Es256) return EVP_EC_gen("P-256");
  if (algorithm == TokenAlgorithm::EdDsa) return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  return EVP_RSA_gen(2048);
}

bool can_sign_and_verify(const SigningKey& key) {
  const SigningKeySet set{{key}};
  const auto issuer = TokenIssuer::make(set, {});
  const auto verifier = TokenVerifier::make(set, {});
  if (!issuer || !verifier) return false;
  const auto token = issuer->issue(good_claims());
  return token && verifier->verify(token->reveal(), kNow).has_value();
}

TEST(SigningKeys, KnowTheirAlgorithmsByTheExactName) {
  for (const auto algorithm : kEveryAlgorithm) {
    EXPECT_EQ(parse_token_algorithm(name_of(algorithm)), algorithm);
  }
  for (const auto* name : {"none", "None", "nOnE", "NONE", "", "hs256", "HS256 ", "HS1", "RS1"}) {
    EXPECT_FALSE(parse_token_algorithm(name)) << name;
  }
}

TEST(SigningKeys, SurviveBeingStored) {
  for (const auto algorithm : kEveryAlgorithm) {
    auto key = generate_signing_key(algorithm, kNow).value();
    EXPECT_EQ(parse_signing_key(signing_key_text(key)).value(), key) << name_of(algorithm);
    key.retire_at = kNow + hours(1);
    EXPECT_EQ(parse_signing_key(signing_key_text(key)).value(), key) << name_of(algorithm);
  }
}

TEST(SigningKeys, RefuseAStoredTextThatIsNone) {
  const auto text = std::string(
      signing_key_text(generate_signing_key(TokenAlgorithm::Es256, kNow).value()).reveal());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto read = parse_signing_key(Secret(text.substr(0, size)));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::SealedDataUnreadable);
  }
}

TEST(SigningKeys, OfASecretAreTheSameOnEveryNode) {
  const Secret secret("a secret of thirty-two bytes, and more");
  const auto key = signing_key_from_secret(TokenAlgorithm::Hs256, secret).value();
  EXPECT_EQ(key, signing_key_from_secret(TokenAlgorithm::Hs256, secret).value());
  EXPECT_NE(
      key.id,
      signing_key_from_secret(TokenAlgorithm::Hs256, Secret(std::string(32, 'x'))).value().id);
  EXPECT_TRUE(can_sign_and_verify(key));
}

TEST(SigningKeys, RefuseAShortSecret) {
  for (const auto& [algorithm, bytes] : {std::pair{TokenAlgorithm::Hs256, 32},
                                         {TokenAlgorithm::Hs384, 48},
                                         {TokenAlgorithm::Hs512, 64}}) {
    const auto size = static_cast<std::size_t>(bytes);
    EXPECT_TRUE(signing_key_from_secret(algorithm, Secret(std::string(size, 'k'))));
    const auto refused = signing_key_from_secret(algorithm, Secret(std::string(size - 1, 'k')));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_NE(refused.error().detail.find(std::to_string(bytes)), std::string::npos);
  }
  EXPECT_FALSE(signing_key_from_secret(TokenAlgorithm::Rs256, Secret(std::string(64, 'k'))));
}

TEST(SigningKeys, ComeFromPemOfTheRightKind) {
  for (const auto algorithm : {TokenAlgorithm::Rs256, TokenAlgorithm::Ps256, TokenAlgorithm::Es256,
                               TokenAlgorithm::EdDsa}) {
    const auto key = signing_key_from_pem(algorithm, pem_of(key_for(algorithm)));
    ASSERT_TRUE(key) << name_of(algorithm);
    EXPECT_TRUE(can_sign_and_verify(*key)) << name_of(algorithm);
  }
}

TEST(SigningKeys, RefusePemOfAnotherKindOrTooWeak) {
  const auto refused = [](TokenAlgorithm algorithm, const Secret& pem) {
    const auto key = signing_key_from_pem(algorithm, pem);
    return !key && key.error().code == ErrorCode::InvalidConfiguration;
  };
  EXPECT_TRUE(refused(TokenAlgorithm::Rs256, pem_of(EVP_RSA_gen(1024))));
  EXPECT_TRUE(refused(TokenAlgorithm::Rs256, pem_of(EVP_EC_gen("P-256"))));
  EXPECT_TRUE(refused(TokenAlgorithm::Es256, pem_of(EVP_EC_gen("P-384"))));
  EXPECT_TRUE(refused(TokenAlgorithm::Es256, pem_of(EVP_RSA_gen(2048))));
  EXPECT_TRUE(refused(TokenAlgorithm::EdDsa, pem_of(EVP_EC_gen("P-256"))));
  EXPECT_TRUE(refused(TokenAlgorithm::Hs256, pem_of(EVP_EC_gen("P-256"))));
  EXPECT_TRUE(refused(TokenAlgorithm::Es256, Secret("no key at all")));
}

TEST(SigningKeys, PublishOnlyPublicHalves) {
  SigningKeySet set;
  for (const auto algorithm : kEveryAlgorithm) {
    set.keys.push_back(
        generate_signing_key(algorithm, kNow, std::string(name_of(algorithm))).value());
  }
  const auto text = jwks(set);
  EXPECT_EQ(text.find("oct"), std::string::npos);
  EXPECT_EQ(text.find("HS256"), std::string::npos);
  for (const auto* member : {"\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\"", "\"k\""}) {
    EXPECT_EQ(text.find(member), std::string::npos) << member;
  }
  for (const auto* member : {"\"kid\":\"RS256\"", "\"alg\":\"ES256\"", "\"crv\":\"Ed25519\"",
                             "\"crv\":\"P-256\"", "\"use\":\"sig\""}) {
    EXPECT_NE(text.find(member), std::string::npos) << member;
  }
  EXPECT_EQ(jwks({}), R"({"keys":[]})");
}

TEST(SigningKeys, TheFirstSignsAtOnce) {
  const auto set = rotate({}, generate_signing_key(TokenAlgorithm::Es256, kNow).value(), kNow);
  ASSERT_NE(signing_key_at(set, kNow), nullptr);
  EXPECT_FALSE(set.keys.front().retire_at);
}

TEST(SigningKeys, ANewOneIsPublishedBeforeItSignsAndTheOldOneStaysUntilItsTokensEnd) {
  const RotationTimes times{.publish_ahead = minutes(10), .longest_token = minutes(30)};
  const auto key = [](const char* id) {
    return generate_signing_key(TokenAlgorithm::Es256, kNow, id).value();
  };
  auto set = rotate({}, key("old"), kNow, times);
  set = rotate(std::move(set), key("new"), kNow + hours(1), times);
  const auto signs_at = [&](auto since_rotation) {
    return signing_key_at(set, kNow + hours(1) + since_rotation)->id;
  };
  EXPECT_EQ(signs_at(minutes(0)), "old");
  EXPECT_NE(jwks(set).find("\"new\""), std::string::npos) << "published before it signs";
  EXPECT_EQ(signs_at(minutes(10) - seconds(1)), "old");
  EXPECT_EQ(signs_at(minutes(10)), "new");
  EXPECT_EQ(set.keys.front().retire_at, kNow + hours(1) + minutes(40));

  set = rotate(std::move(set), key("newest"), kNow + hours(2), times);
  EXPECT_EQ(set.keys.size(), 2U) << "the retired one is gone";
}

TEST(SigningKeys, ATokenOfTheOldKeyCountsUntilThatRetires) {
  const RotationTimes times{.publish_ahead = minutes(10), .longest_token = minutes(30)};
  auto set = one_key(TokenAlgorithm::Es256, "old");
  auto claims = good_claims();
  claims.expires_at = kNow + hours(2);
  const auto token = TokenIssuer::make(set, {})->issue(claims).value();
  set = rotate(std::move(set), generate_signing_key(TokenAlgorithm::Es256, kNow).value(), kNow,
               times);
  const auto verifier = TokenVerifier::make(set, {}).value();
  EXPECT_TRUE(verifier.verify(token.reveal(), kNow + minutes(40) - seconds(1)));
  EXPECT_FALSE(verifier.verify(token.reveal(), kNow + minutes(40)));
}

}  // namespace
}  // namespace apiforge::auth
