#include "auth/trusted_issuers.hpp"

#include <gtest/gtest.h>

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
      provider_.keys.push_back(one_key(algorithm, std::string(name_of(algorithm))).keys[0]);
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
  /// A token with the payload, signed by the provider: its type is at+jwt, as ours.
  std::string signed_by_provider(const std::string& payload) const;
  static std::string payload_with(const std::string& members) {
    return R"({"iss":"https://login.example.org","sub":"auth0|42","iat":1700000000,)"
           R"("exp":1700000900,)" + members + "}";
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

}  // namespace
}  // namespace apiforge::auth
