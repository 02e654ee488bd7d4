#include "auth/accounts/detail/token_pair.hpp"

#include <algorithm>

#include "auth/accounts/detail/belongings.hpp"
#include "auth/credential_digest.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth::accounts::detail {
namespace {

constexpr std::string_view kRefreshPrefix = "afr_";

}  // namespace

Result<TokenPair> make_token_pair(const Ports& ports, storage::Transaction& transaction,
                                  const model::User& user, const model::Session& session,
                                  WallTime now) {
  TokenPair pair;
  pair.session = session.id;
  pair.expires_in = ports.settings.access_lifetime;
  pair.refresh_token = make_opaque_token(kRefreshPrefix);
  const WallTime expires_at = std::min(session.expires_at, now + ports.settings.refresh_lifetime);
  auto token = storage::insert(
      transaction, model::RefreshToken{.digest = unkeyed_digest_hex(pair.refresh_token.reveal()),
                                       .session = session.id,
                                       .tenant = session.tenant,
                                       .expires_at = expires_at,
                                       .used_at = {}});
  if (!token) return std::unexpected(std::move(token.error()));

  AccessClaims claims;
  claims.user = user.id;
  claims.tenant = user.tenant;
  claims.session = session.id;
  claims.roles = user.roles;
  // Tokens say whole seconds; one that is issued in the second of a password change must count.
  claims.issued_at = std::max(now, user.tokens_valid_from);
  claims.not_before = now;
  claims.expires_at = now + ports.settings.access_lifetime;
  auto access = ports.token_issuer()->issue(claims);
  if (!access) return std::unexpected(std::move(access.error()));
  pair.access_token = *std::move(access);
  return pair;
}

Result<bool> may_hold_tokens(storage::Transaction& transaction, const model::User& user) {
  if (user.disabled) return false;
  auto tenant = storage::find<model::Tenant>(transaction, user.tenant.value);
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  return *tenant && !(*tenant)->value.suspended;
}

std::unexpected<Error> invalid_credential(std::string_view reason) {
  return fail(ErrorCode::InvalidCredential, std::string(kInvalidCredentialDetail),
              std::string(reason));
}

}  // namespace apiforge::auth::accounts::detail
