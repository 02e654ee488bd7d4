// What of each value stands in the body of its record, said once for both directions: `fields`
// visits the members with their stable names, and the visitor is a BodyWriter or a BodyReader. What
// has a column of its own (id, tenant, owner) is not repeated. Pure; any thread.
#pragma once
#include "model/identity.hpp"

namespace apiforge::storage::detail {

template <class Visitor, class Tenant>
void tenant_fields(Visitor& visit, Tenant& tenant) {
  visit("name", tenant.name);
  visit("suspended", tenant.suspended);
}

template <class Visitor, class User>
void user_fields(Visitor& visit, User& user) {
  visit("username", user.username);
  visit("email", user.email);
  visit("password_hash", user.password_hash);
  visit("roles", user.roles);
  visit("disabled", user.disabled);
  visit("tokens_valid_from_ms", user.tokens_valid_from);
  visit("last_login_at_ms", user.last_login_at);
}

template <class Visitor, class ApiKeySecret>
void api_key_secret_fields(Visitor& visit, ApiKeySecret& secret) {
  visit.bytes("digest", secret.digest);
  visit("last4", secret.last4);
  visit("until_ms", secret.until);
}

template <class Visitor, class ApiKey>
void api_key_fields(Visitor& visit, ApiKey& key) {
  visit("name", key.name);
  visit("scopes", key.scopes);
  visit("apis", key.apis);
  visit("allowed_cidrs", key.allowed_cidrs);
  visit("expires_at_ms", key.expires_at);
  visit("secrets", key.secrets);
}

template <class Visitor, class Session>
void session_fields(Visitor& visit, Session& session) {
  visit("expires_at_ms", session.expires_at);
  visit("revoked_at_ms", session.revoked_at);
  visit("client", session.client);
  visit("user_agent", session.user_agent);
}

template <class Visitor, class RefreshToken>
void refresh_token_fields(Visitor& visit, RefreshToken& token) {
  visit("expires_at_ms", token.expires_at);
  visit("used_at_ms", token.used_at);
}

template <class Visitor, class Invitation>
void invitation_fields(Visitor& visit, Invitation& invitation) {
  visit("email", invitation.email);
  visit("roles", invitation.roles);
  visit("digest", invitation.digest);
  visit("expires_at_ms", invitation.expires_at);
  visit("used_at_ms", invitation.used_at);
}

template <class Visitor, class Role>
void role_fields(Visitor& visit, Role& role) {
  visit("name", role.name);
  visit("description", role.description);
  visit("permissions", role.permissions);
}

}  // namespace apiforge::storage::detail
