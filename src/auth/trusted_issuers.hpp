// Other issuers whose tokens count here: OpenID Connect providers, by their published keys. Plain
// values and an immutable verifier; any thread. Fetching the keys is not done here: their text
// comes in as a value.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_token.hpp"

namespace apiforge::auth {

/// What an administrator says about a provider.
struct TrustedIssuer {
  std::string issuer;      ///< `iss`, exact (OpenID Connect Core 3.1.3.7)
  std::string audience;    ///< that must be in `aud`
  std::string jwks_url;    ///< where the keys are published
  std::string jwks_file;   ///< or the file that holds them
  model::TenantId tenant;  ///< of its users, unless `tenant_claim` tells
  /// JSON Pointer to the claim that names the tenant, for example `/tid`; empty when there is none.
  /// A token without it is refused.
  std::string tenant_claim;
  /// Tenants that `tenant_claim` may name. A provider never speaks for others.
  std::vector<model::TenantId> tenants;
  /// JSON Pointer to a list of roles or a text of roles divided by spaces, for example
  /// `/realm_access/roles`; empty when there is none.
  std::string roles_claim;
  std::vector<std::string> default_roles;  ///< of a token that names none
  /// Roles that a token may name; others in it are ignored.
  std::vector<std::string> allowed_roles;
};

inline constexpr std::size_t kMaxPublishedKeys = 32;
inline constexpr std::size_t kMaxJwksBytes = 256 * 1024;
inline constexpr std::size_t kMaxTrustedIssuers = 32;

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

struct IssuerWithKeys {
  TrustedIssuer issuer;
  PublishedKeys keys;
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

/// The issuer that a token claims to be from, unverified: to choose who verifies it. Empty when the
/// token has none.
std::string claimed_issuer(std::string_view token);

}  // namespace apiforge::auth
