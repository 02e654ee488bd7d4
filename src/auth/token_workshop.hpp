// What the tests of tokens share: keys of every algorithm, claims that are good, and tokens put
// together by hand.
#pragma once
#include <sodium.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_token.hpp"
#include "auth/detail/base64url.hpp"

namespace apiforge::auth::test {

using std::chrono::seconds;

inline constexpr WallTime kNow{seconds(1'700'000'000)};
inline const std::string kUnixNow = "1700000000";

inline constexpr std::array<TokenAlgorithm, 7> kEveryAlgorithm = {
    TokenAlgorithm::Hs256, TokenAlgorithm::Hs384, TokenAlgorithm::Hs512, TokenAlgorithm::Rs256,
    TokenAlgorithm::Ps256, TokenAlgorithm::Es256, TokenAlgorithm::EdDsa};

inline SigningKeySet one_key(TokenAlgorithm algorithm, std::string id = "key-1") {
  return {{generate_signing_key(algorithm, kNow - seconds(60), std::move(id)).value()}};
}

/// The same key each time, as new RSA keys take long.
inline const SigningKey& key_named_after(TokenAlgorithm algorithm) {
  static const auto keys = [] {
    std::vector<SigningKey> made;
    for (const auto each : kEveryAlgorithm) {
      made.push_back(one_key(each, std::string(name_of(each))).keys[0]);
    }
    return made;
  }();
  return keys[static_cast<std::size_t>(algorithm)];
}

inline AccessClaims good_claims() {
  AccessClaims claims;
  claims.user.value = "user-1";
  claims.tenant.value = "tenant-1";
  claims.session.value = "session-1";
  claims.jti = "token-1";
  claims.roles = {"owner", "developer"};
  claims.issued_at = kNow;
  claims.not_before = kNow;
  claims.expires_at = kNow + seconds(900);
  return claims;
}

inline std::string good_payload() {
  return R"({"iss":"apiforge","aud":"apiforge","sub":"user-1","tid":"tenant-1","sid":"session-1",)"
         R"("jti":"token-1","roles":["owner"],"iat":1700000000,"nbf":1700000000,"exp":1700000900})";
}

/// Two parts and the dot between them: what is signed.
inline std::string signing_input(std::string_view header, std::string_view payload) {
  return base64url(bytes_of(header)) + "." + base64url(bytes_of(payload));
}

inline std::string hmac_sha256(std::string_view key, std::string_view text) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key).data(), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text).data(), text.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return mac;
}

inline std::string with_signature(std::string_view input, std::string_view signature) {
  return std::string(input) + "." + base64url(bytes_of(signature));
}

/// A token with an honest HS256 signature, whatever its header says.
inline std::string hs256_token(std::string_view key, std::string_view header,
                               std::string_view payload) {
  const auto input = signing_input(header, payload);
  return with_signature(input, hmac_sha256(key, input));
}

}  // namespace apiforge::auth::test
