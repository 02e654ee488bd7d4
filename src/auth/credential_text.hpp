// CredentialFields: the credential for the gateway among the fields of one request. Views into the
// request; lives as long as one statement needs it, on the worker that serves the request.
//
// Accepted are `Authorization: Bearer <text>` (RFC 6750 2.1) and `X-API-Key: <text>`, each with an
// access token or an API key, since SDKs of providers know only one of them. Never read: the query
// string, which ends up in logs (RFC 6750 5.3), and cookies.
#pragma once
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::auth {

/// Longer credentials are refused unread.
inline constexpr std::size_t kMaxCredentialBytes = 8 * 1024;

/// Whether a text claims to be one of our API keys or refresh tokens, well-formed or not. What does
/// never goes on to an upstream.
bool has_own_prefix(std::string_view text);

class CredentialFields {
 public:
  /// Both are called for each field of that name, with its value as received.
  void add_authorization(std::string_view value);
  void add_api_key(std::string_view value);

  bool empty() const { return authorizations_ == 0 && api_keys_ == 0; }
  /// The credential; nullopt when there is none. Both fields may carry the same text.
  /// ContradictoryCredentials: a field twice, two texts, an empty, overlong or malformed one
  /// (token68 of RFC 9110 11.2). AuthenticationRequired: an Authorization of another scheme.
  Result<std::optional<std::string_view>> text() const;
  /// For an Api that needs no credential, whose callers may bring one for the upstream: as `text`
  /// when a credential is certainly for the gateway, or could be as `Bearer`; nullopt for other
  /// schemes, for a foreign X-API-Key, and for what is malformed but not ours.
  Result<std::optional<std::string_view>> text_if_ours() const;

 private:
  std::string_view authorization_;  ///< of the last field
  std::string_view api_key_;
  unsigned authorizations_ = 0;
  unsigned api_keys_ = 0;
  bool any_is_ours_ = false;
};

}  // namespace apiforge::auth
