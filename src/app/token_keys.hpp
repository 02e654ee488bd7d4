// TokenKeys: what signs and verifies access tokens at this moment. Any thread; `refresh` reads the
// store and belongs to the blocking pool. What it hands out is immutable.
#pragma once
#include <memory>
#include <mutex>

#include "app/settings.hpp"
#include "auth/access_token.hpp"
#include "auth/authenticator.hpp"
#include "auth/vault/signing_key_store.hpp"

namespace apiforge::app {

class TokenKeys {
 public:
  TokenKeys(const TokenSettings& settings, storage::Store& store, const auth::Vault& vault,
            const Clock& clock);

  /// Reads the keys, from JWT_SECRET_KEY or from the store; makes the first one where none is
  /// given. Tells whether they are others than before.
  Result<bool> refresh();

  /// Tokens of these other issuers are accepted from now on; null for none.
  void accept(std::shared_ptr<const auth::ExternalVerifier> external);

  std::shared_ptr<const auth::TokenIssuer> issuer() const;
  auth::TokenTrust trust() const;
  /// The public ones (RFC 7517 5); no keys for HS*.
  std::string jwks() const;

 private:
  Result<auth::SigningKeySet> load() const;

  const TokenSettings& settings_;
  storage::Store& store_;
  auth::SigningKeyStore keys_;
  const Clock& clock_;
  mutable std::mutex mutex_;  ///< guards what follows
  auth::SigningKeySet set_;
  std::shared_ptr<const auth::TokenIssuer> issuer_;
  auth::TokenTrust trust_;
};

}  // namespace apiforge::app
