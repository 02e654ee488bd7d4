// Access tokens: JSON Web Tokens as RFC 9068 profiles them, signed and verified with the keys of a
// SigningKeySet. Both classes are immutable and may be shared by all threads; nothing is locked.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/signing_keys.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "model/identity.hpp"

namespace apiforge::auth {

/// Longer tokens are refused unread.
inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;
/// What a caller is told about any token that is not accepted; the reason stands in Error::context.
inline constexpr std::string_view kInvalidCredentialDetail =
    "the credential is not valid or has expired; log in again or use another one";

struct AccessClaims {
  model::UserId user;        ///< `sub`
  model::TenantId tenant;    ///< `tid`
  model::SessionId session;  ///< `sid`; empty in tokens of other issuers
  std::string jti;           ///< id of the token; `issue` makes one when empty
  std::vector<std::string> roles;
  WallTime issued_at{};   ///< whole seconds, as all times in tokens
  WallTime not_before{};  ///< the time of issue when it is not set
  WallTime expires_at{};
  std::string issuer;     ///< set by `verify`
  bool external = false;  ///< from a trusted issuer: `user` is its subject, not one of our ids
};

struct TokenProfile {
  std::string issuer = "apiforge";    ///< `iss`, exact
  std::string audience = "apiforge";  ///< `aud`, exact
  /// How far clocks may differ (RFC 7519 4.1.4: no more than a few minutes).
  std::chrono::seconds leeway{30};
};

class TokenIssuer {
 public:
  /// InvalidConfiguration when a key cannot be used.
  static Result<TokenIssuer> make(const SigningKeySet& keys, TokenProfile profile);
  TokenIssuer(TokenIssuer&&) noexcept;
  TokenIssuer& operator=(TokenIssuer&&) noexcept;
  ~TokenIssuer();

  /// A token signed with the key that signs at `claims.issued_at`. InternalError when there is
  /// none.
  Result<Secret> issue(const AccessClaims& claims) const;

 private:
  struct State;
  explicit TokenIssuer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

class TokenVerifier {
 public:
  /// InvalidConfiguration when a key cannot be used.
  static Result<TokenVerifier> make(const SigningKeySet& keys, TokenProfile profile);
  TokenVerifier(TokenVerifier&&) noexcept;
  TokenVerifier& operator=(TokenVerifier&&) noexcept;
  ~TokenVerifier();

  /// The claims of a token of ours that counts at `now`. Any fault is InvalidCredential with
  /// kInvalidCredentialDetail.
  Result<AccessClaims> verify(std::string_view token, WallTime now) const;

 private:
  struct State;
  explicit TokenVerifier(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace apiforge::auth
