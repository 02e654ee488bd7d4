// Sample identities for the tests and benchmarks of the Directory and of what reads it.
#pragma once
#include <string>

#include "auth/directory.hpp"
#include "storage/records.hpp"

namespace apiforge::auth {

inline CredentialDigest sample_digest(std::string_view text) {
  static const CredentialHasher hasher(Secret(std::string(32, 'k')));
  return hasher.digest(text);
}

inline std::string sample_digest_text(std::string_view text) {
  const CredentialDigest digest = sample_digest(text);
  return {digest.begin(), digest.end()};
}

inline model::Tenant sample_tenant(const std::string& id, bool suspended = false) {
  return {{id}, "tenant " + id, suspended};
}

inline model::User sample_user(const std::string& id, const std::string& tenant,
                               std::vector<std::string> roles = {"developer"}) {
  model::User user;
  user.id = {id};
  user.tenant = {tenant};
  user.username = "name of " + id;
  user.email = id + "@example.com";
  user.roles = std::move(roles);
  return user;
}

/// A key whose only secret is the text `secret`, or its id.
inline model::ApiKey sample_key(const std::string& id, const std::string& tenant,
                                const std::string& owner, std::string_view secret = {}) {
  model::ApiKey key;
  key.id = {id};
  key.tenant = {tenant};
  key.owner = {owner};
  key.name = "name of " + id;
  key.scopes = {model::Permission::GatewayCall, model::Permission::GatewayRead};
  key.secrets = {{sample_digest_text(secret.empty() ? id : secret), "1234", std::nullopt}};
  return key;
}

inline model::Session sample_session(const std::string& id, const std::string& tenant,
                                     const std::string& user) {
  model::Session session;
  session.id = {id};
  session.tenant = {tenant};
  session.user = {user};
  return session;
}

inline DirectoryChanges::RoleChange sample_role(const std::string& tenant, const std::string& name,
                                                model::PermissionSet permissions,
                                                bool removed = false) {
  return {storage::role_record_id({tenant}, name), permissions, removed};
}

}  // namespace apiforge::auth
