// TokenKey: one key made ready to sign and verify tokens. Immutable; any number of threads may use
// one at once: cjose takes the key as const and keeps no state in it, and OpenSSL guards the tables
// that it caches in RSA and EC keys itself.
#pragma once
#include <cjose/jwk.h>
#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "auth/detail/compact_token.hpp"
#include "auth/detail/jwk.hpp"
#include "auth/signing_keys.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace apiforge::auth {

class TokenKey {
 public:
  /// From the JSON Web Key `key` in `json`; `part` says whether it is to sign too.
  /// InvalidConfiguration when it is not one for the algorithm.
  static Result<TokenKey> make(std::string id, TokenAlgorithm algorithm, const StrictJson& json,
                               const StrictJson::Node& key, JwkPart part);

  const std::string& id() const { return id_; }
  TokenAlgorithm algorithm() const { return algorithm_; }

  /// Whether the token is signed with this key, under this key's algorithm and no other.
  bool verifies(const CompactToken& token) const;
  /// The whole token: header with `alg`, `kid` and `typ: at+jwt`, the claims as they are,
  /// signature. InternalError when there is no private half or the library fails.
  Result<Secret> sign(std::string_view claims) const;

 private:
  struct Release {
    void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
    void operator()(EVP_MAC_CTX* hmac) const;
  };
  TokenKey(std::string id, TokenAlgorithm algorithm) : id_(std::move(id)), algorithm_(algorithm) {}
  bool take_ed25519(const Secret& jwk, JwkPart part);
  bool take_hmac(const Secret& jwk);
  bool verifies_ed25519(const CompactToken& token) const;
  bool verifies_hmac(const CompactToken& token) const;
  Result<Secret> sign_ed25519(std::string_view claims) const;
  Result<Secret> sign_with_cjose(std::string_view claims) const;

  std::string id_;
  TokenAlgorithm algorithm_;
  std::size_t signature_bytes_ = 0;
  std::unique_ptr<cjose_jwk_t, Release> key_;  // null for EdDSA, which cjose does not have
  /// Of HS*: has taken the key. cjose would take it anew for each token, which costs more than the
  /// rest.
  std::unique_ptr<EVP_MAC_CTX, Release> hmac_;
  std::string ed25519_public_;  // 32 bytes
  Secret ed25519_private_;      // 64 bytes as libsodium wants them
};

}  // namespace apiforge::auth
