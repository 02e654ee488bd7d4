// Directory: what workers know of tenants, users, roles, API keys and revoked sessions. Immutable;
// any thread. Made by DirectoryFeed; each version shares with the one before all that did not
// change, so that a change among a million keys costs microseconds and readers of an older version
// are not disturbed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/caller.hpp"
#include "auth/credential_digest.hpp"
#include "auth/persistent_table.hpp"
#include "base/clock.hpp"
#include "model/identity.hpp"

namespace apiforge::auth {

/// Whose a key is. One object for all keys of a user.
struct KeyOwner {
  model::TenantId tenant;
  model::UserId user;
};

struct DirectoryUser {
  std::shared_ptr<const KeyOwner> identity;
  std::string username;
  std::vector<std::string> roles;
  bool disabled = false;
  WallTime tokens_valid_from{};
};

/// What only some keys have.
struct KeyConditions {
  std::shared_ptr<const KeyRestrictions> restrictions;
  std::optional<WallTime> expires_at;
  std::optional<WallTime> newest_until;  ///< end of the newest secret, when even that has one
  struct OlderSecret {
    CredentialDigest digest;
    std::optional<WallTime> until;
  };
  std::vector<OlderSecret> older;  ///< secrets that a rotation has replaced
};

struct DirectoryKey {
  model::ApiKeyId id;
  std::shared_ptr<const KeyOwner> owner;
  std::shared_ptr<const KeyConditions> conditions;  ///< null for a plain key
  model::PermissionSet scopes;
  CredentialDigest digest;  ///< of the newest secret
};

/// A key as one of its secrets opens it.
struct FoundKey {
  const DirectoryKey* key;
  WallTime until;  ///< when this secret or the key ends; WallTime::max() for never
};

/// What was stored since a revision. Within each list later entries win.
struct DirectoryChanges {
  /// A removed one has only its id.
  template <class Value>
  struct Change {
    Value value{};
    bool removed = false;
  };
  struct RoleChange {
    std::string record_id;
    model::PermissionSet permissions;
    bool removed = false;
  };
  std::vector<Change<model::Tenant>> tenants{};
  std::vector<RoleChange> roles{};
  std::vector<Change<model::User>> users{};  ///< password hashes are not read
  std::vector<Change<model::ApiKey>> keys{};
  std::vector<model::SessionId> revoked_sessions{};

  bool empty() const {
    return tenants.empty() && roles.empty() && users.empty() && keys.empty() &&
           revoked_sessions.empty();
  }
};

class Directory {
 public:
  /// An empty one. A revoked session is remembered for `token_lifetime` at least, the longest that
  /// an access token can live (with the leeway of its verifier).
  explicit Directory(std::chrono::seconds token_lifetime = std::chrono::hours(24));

  /// The next version. `now` is when the changes became known.
  std::shared_ptr<const Directory> with(const DirectoryChanges& changes, WallTime now) const;
  /// An empty one that is newer than this: to read all anew.
  std::shared_ptr<const Directory> emptied() const;

  /// Null when there is none, as for users and keys; valid while this version is held.
  const model::Tenant* find_tenant(const model::TenantId& id) const;
  const DirectoryUser* find_user(const model::UserId& id) const;
  const DirectoryKey* find_key(const model::ApiKeyId& id) const;
  /// The key that a secret with this digest opens, whether it still counts or not.
  std::optional<FoundKey> find_by_digest(const CredentialDigest& digest) const;
  bool is_revoked(const model::SessionId& session) const;
  /// What roles of a tenant, built-in or its own, permit together; unknown ones permit nothing.
  model::PermissionSet permissions_of(const model::TenantId& tenant,
                                      std::span<const std::string> roles) const;

  std::size_t key_count() const { return keys_.size(); }
  /// Differs between any two versions of one feed.
  std::uint64_t generation() const { return generation_; }

 private:
  class Edit;
  struct StoredRole {
    std::string record_id;
    model::PermissionSet permissions;
  };
  struct RevokedSession {
    model::SessionId id;
  };

  std::uint64_t generation_ = 0;
  std::chrono::seconds token_lifetime_;
  PersistentTable<model::Tenant> tenants_;
  PersistentTable<StoredRole> roles_;
  PersistentTable<DirectoryUser> users_;
  PersistentTable<DirectoryKey> keys_;       ///< by id
  PersistentTable<DirectoryKey> by_digest_;  ///< each key once for each of its secrets
  // Revocations of the running period and of the one before, which together cover the lifetime of
  // a token; a period ends with the first change after token_lifetime_.
  PersistentTable<RevokedSession> revoked_;
  PersistentTable<RevokedSession> revoked_before_;
  WallTime period_began_{};
};

}  // namespace apiforge::auth
