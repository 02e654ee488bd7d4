// Another issuer whose access tokens count here: an OpenID Connect provider, as an operator
// describes it. A value and pure functions; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/identity.hpp"
#include "model/url.hpp"

namespace apiforge::model {

inline constexpr std::size_t kMaxTrustedIssuers = 32;

struct TrustedIssuer {
  std::string issuer;     ///< `iss`, exact (OpenID Connect Core 3.1.3.7)
  std::string audience;   ///< that must be in `aud`
  std::string jwks_url;   ///< where the keys are published
  std::string jwks_file;  ///< or the file that holds them
  TenantId tenant;        ///< of its users, unless `tenant_claim` tells
  /// JSON Pointer to the claim that names the tenant, for example `/tid`; empty when there is none.
  /// A token without it is refused.
  std::string tenant_claim;
  /// Tenants that `tenant_claim` may name. A provider never speaks for others.
  std::vector<TenantId> tenants;
  /// JSON Pointer to a list of roles or a text of roles divided by spaces, for example
  /// `/realm_access/roles`; empty when there is none.
  std::string roles_claim;
  std::vector<std::string> default_roles;  ///< of a token that names none
  /// Roles that a token may name; others in it are ignored.
  std::vector<std::string> allowed_roles;

  friend bool operator==(const TrustedIssuer&, const TrustedIssuer&) = default;
};

/// Reads a `jwks_url`, as parse_resource_url does. `http://` is taken only for names and for
/// addresses that are not public: who can change what is on the way can make keys of its own.
Result<ResourceUrl> parse_key_set_url(std::string_view text);

}  // namespace apiforge::model
