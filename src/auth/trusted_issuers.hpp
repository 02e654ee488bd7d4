// Other issuers whose tokens count here: OpenID Connect providers, by their published keys. Plain
// values and an immutable verifier; any thread. Fetching the keys is not done here: their text
// comes in as a value.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_token.hpp"
#include "model/trusted_issuer.hpp"

namespace apiforge::auth {

using model::TrustedIssuer;

inline constexpr std::size_t kMaxPublishedKeys = 32;
inline constexpr std::size_t kMaxJwksBytes = 256 * 1024;

/// The keys of one provider, as read from its document. Immutable and cheap to copy.
class PublishedKeys {
 public:
  /// Reads a JSON Web Key Set. Takes RSA keys of 2048..8192 bits, EC keys on P-256 and Ed25519 keys
  /// that are for signatures; each gets one algorithm, its `alg` or what its kind implies (RS256,
  /// ES256, EdDSA). Keys of other kinds, symmetric ones above all, are left out.
  /// InvalidConfiguration when the text is no key set, is larger than kMaxJwksBytes, holds more
  /// than kMaxPublishedKeys keys or none that can be used.
  static Result<PublishedKeys> parse(std::string_view jwks);
  std::size_t size() const;

 private:
  friend class ExternalVerifier;
  struct State;
  explicit PublishedKeys(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// Raised by verifiers when a token names a key that its issuer had not published when the keys
/// were read. Whoever reads them may do so again. Any thread.
class MissingKeyFlag {
 public:
  /// Cheap when it is up already: callers decide how often this is called.
  void raise() {
    if (!is_up_.load(std::memory_order_relaxed)) is_up_.store(true, std::memory_order_relaxed);
  }
  /// Whether it was raised since the last call.
  bool take() { return is_up_.exchange(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool> is_up_ = false;
};

struct IssuerWithKeys {
  TrustedIssuer issuer;
  PublishedKeys keys;
  std::shared_ptr<MissingKeyFlag> missing_key = nullptr;  ///< null: nobody asks
};

/// Verifies tokens of all trusted issuers. Immutable: whoever fetches newer keys makes another.
class ExternalVerifier {
 public:
  /// InvalidConfiguration for an issuer named twice, one without audience or without tenant, or too
  /// many.
  static Result<ExternalVerifier> make(std::vector<IssuerWithKeys> issuers,
                                       std::chrono::seconds leeway = std::chrono::seconds(30));

  /// The claims of a token of a trusted issuer that counts at `now`, with `external` set. `typ` is
  /// `JWT`, `at+jwt` or absent. Any fault is InvalidCredential with kInvalidCredentialDetail.
  Result<AccessClaims> verify(std::string_view token, WallTime now) const;

 private:
  std::vector<IssuerWithKeys> issuers_;
  std::chrono::seconds leeway_{30};
};

/// The issuer that a token claims to be from, unverified: to choose who verifies it, and to know a
/// token of ours whose header or signature has been damaged. Empty when it has none.
std::string claimed_issuer(std::string_view token);

}  // namespace apiforge::auth
