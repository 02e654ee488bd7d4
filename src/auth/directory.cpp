#include "auth/directory.hpp"

#include <sodium/utils.h>

#include <algorithm>
#include <cstring>

#include "base/load.hpp"
#include "policy/hash.hpp"
#include "storage/records.hpp"

namespace apiforge::auth {
namespace {

template <class Of>
std::uint64_t hash_of(const model::Id<Of>& id) {
  return policy::hash_bytes(id.value);
}

// The digest is that of a keyed function: its bits are as good as any hash's.
std::uint64_t hash_of(const CredentialDigest& digest) {
  return load<std::uint64_t>(digest.data());
}

bool equal(const CredentialDigest& a, const CredentialDigest& b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool opens(const DirectoryKey& key, const CredentialDigest& digest) {
  if (equal(key.digest, digest)) return true;
  return key.conditions && std::ranges::any_of(key.conditions->older, [&](const auto& secret) {
           return equal(secret.digest, digest);
         });
}

auto has_id(const model::TenantId& id) {
  return [&id](const model::Tenant& tenant) { return tenant.id == id; };
}
auto has_id(const model::UserId& id) {
  return [&id](const DirectoryUser& user) { return user.identity->user == id; };
}
auto has_id(const model::ApiKeyId& id) {
  return [&id](const DirectoryKey& key) { return key.id == id; };
}

CredentialDigest to_digest(const std::string& bytes) {
  CredentialDigest digest{};
  std::memcpy(digest.data(), bytes.data(), std::min(bytes.size(), digest.size()));
  return digest;
}

std::shared_ptr<const KeyRestrictions> restrictions_of(const model::ApiKey& key) {
  KeyRestrictions restrictions;
  restrictions.networks = key.allowed_cidrs;
  restrictions.all_apis = std::ranges::find(key.apis, "*") != key.apis.end();
  if (!restrictions.all_apis) restrictions.apis = key.apis;
  if (restrictions == KeyRestrictions{}) return nullptr;
  return std::make_shared<const KeyRestrictions>(std::move(restrictions));
}

std::shared_ptr<const KeyConditions> conditions_of(const model::ApiKey& key) {
  KeyConditions conditions;
  conditions.restrictions = restrictions_of(key);
  conditions.expires_at = key.expires_at;
  conditions.newest_until = key.secrets.front().until;
  for (std::size_t i = 1; i < key.secrets.size(); ++i) {
    conditions.older.push_back({to_digest(key.secrets[i].digest), key.secrets[i].until});
  }
  const bool plain = !conditions.restrictions && !conditions.expires_at &&
                     !conditions.newest_until && conditions.older.empty();
  return plain ? nullptr : std::make_shared<const KeyConditions>(std::move(conditions));
}

}  // namespace

// Applies changes to the tables of a new version.
class Directory::Edit {
 public:
  explicit Edit(const Directory& base)
      : tenants_(base.tenants_),
        roles_(base.roles_),
        users_(base.users_),
        keys_(base.keys_),
        by_digest_(base.by_digest_),
        revoked_(base.revoked_) {}

  void apply(const DirectoryChanges& changes) {
    for (const auto& change : changes.tenants) apply(change);
    for (const auto& change : changes.roles) apply(change);
    // Before keys, which share the identity of their owner.
    for (const auto& change : changes.users) apply(change);
    for (const auto& change : changes.keys) apply(change);
    for (const auto& session : changes.revoked_sessions) {
      revoked_.put(hash_of(session), std::make_shared<const RevokedSession>(session),
                   [&](const RevokedSession& other) { return other.id == session; });
    }
  }

  void finish(Directory& next) && {
    next.tenants_ = std::move(tenants_).finish();
    next.roles_ = std::move(roles_).finish();
    next.users_ = std::move(users_).finish();
    next.keys_ = std::move(keys_).finish();
    next.by_digest_ = std::move(by_digest_).finish();
    next.revoked_ = std::move(revoked_).finish();
  }

 private:
  void apply(const DirectoryChanges::Change<model::Tenant>& change) {
    const model::TenantId& id = change.value.id;
    if (change.removed) {
      tenants_.remove(hash_of(id), has_id(id));
    } else {
      tenants_.put(hash_of(id), std::make_shared<const model::Tenant>(change.value), has_id(id));
    }
  }

  void apply(const DirectoryChanges::RoleChange& change) {
    const std::uint64_t hash = policy::hash_bytes(change.record_id);
    const auto is_it = [&](const StoredRole& role) { return role.record_id == change.record_id; };
    if (change.removed) {
      roles_.remove(hash, is_it);
    } else {
      roles_.put(
          hash,
          std::make_shared<const StoredRole>(StoredRole{change.record_id, change.permissions}),
          is_it);
    }
  }

  void apply(const DirectoryChanges::Change<model::User>& change) {
    const model::User& user = change.value;
    if (change.removed) {
      users_.remove(hash_of(user.id), has_id(user.id));
      return;
    }
    auto next = std::make_shared<DirectoryUser>();
    next->identity = identity_of(user.tenant, user.id);
    next->username = user.username;
    next->roles = user.roles;
    next->disabled = user.disabled;
    next->tokens_valid_from = user.tokens_valid_from;
    users_.put(hash_of(user.id), std::move(next), has_id(user.id));
  }

  void apply(const DirectoryChanges::Change<model::ApiKey>& change) {
    const model::ApiKey& key = change.value;
    forget_digests(key.id);
    if (change.removed || key.secrets.empty()) {
      keys_.remove(hash_of(key.id), has_id(key.id));
      return;
    }
    auto next = std::make_shared<DirectoryKey>();
    next->id = key.id;
    next->owner = identity_of(key.tenant, key.owner);
    next->conditions = conditions_of(key);
    next->scopes = key.scopes;
    next->digest = to_digest(key.secrets.front().digest);
    for (const model::ApiKeySecret& secret : key.secrets) {
      const CredentialDigest digest = to_digest(secret.digest);
      by_digest_.put(hash_of(digest), next,
                     [&](const DirectoryKey& other) { return opens(other, digest); });
    }
    keys_.put(hash_of(key.id), std::move(next), has_id(key.id));
  }

  void forget_digests(const model::ApiKeyId& id) {
    const auto before = keys_.table().find_shared(hash_of(id), has_id(id));
    if (!before) return;
    by_digest_.remove(hash_of(before->digest), has_id(id));
    if (!before->conditions) return;
    for (const auto& secret : before->conditions->older) {
      by_digest_.remove(hash_of(secret.digest), has_id(id));
    }
  }

  std::shared_ptr<const KeyOwner> identity_of(const model::TenantId& tenant,
                                              const model::UserId& id) const {
    const DirectoryUser* user = users_.table().find(hash_of(id), has_id(id));
    if (user && user->identity->tenant == tenant) return user->identity;
    return std::make_shared<const KeyOwner>(KeyOwner{tenant, id});
  }

  PersistentTable<model::Tenant>::Editor tenants_;
  PersistentTable<StoredRole>::Editor roles_;
  PersistentTable<DirectoryUser>::Editor users_;
  PersistentTable<DirectoryKey>::Editor keys_;
  PersistentTable<DirectoryKey>::Editor by_digest_;
  PersistentTable<RevokedSession>::Editor revoked_;
};

Directory::Directory(std::chrono::seconds token_lifetime) : token_lifetime_(token_lifetime) {}

std::shared_ptr<const Directory> Directory::with(const DirectoryChanges& changes,
                                                 WallTime now) const {
  auto next = std::make_shared<Directory>(*this);
  ++next->generation_;
  if (now - period_began_ >= token_lifetime_) {
    next->revoked_before_ = std::exchange(next->revoked_, {});
    next->period_began_ = now;
  }
  Edit edit(*next);
  edit.apply(changes);
  std::move(edit).finish(*next);
  return next;
}

std::shared_ptr<const Directory> Directory::emptied() const {
  auto next = std::make_shared<Directory>(token_lifetime_);
  next->generation_ = generation_ + 1;
  return next;
}

const model::Tenant* Directory::find_tenant(const model::TenantId& id) const {
  return tenants_.find(hash_of(id), has_id(id));
}

const DirectoryUser* Directory::find_user(const model::UserId& id) const {
  return users_.find(hash_of(id), has_id(id));
}

const DirectoryKey* Directory::find_key(const model::ApiKeyId& id) const {
  return keys_.find(hash_of(id), has_id(id));
}

std::optional<FoundKey> Directory::find_by_digest(const CredentialDigest& digest) const {
  const DirectoryKey* key = by_digest_.find(
      hash_of(digest), [&](const DirectoryKey& candidate) { return opens(candidate, digest); });
  if (!key) return std::nullopt;
  FoundKey found{key, WallTime::max()};
  if (!key->conditions) return found;
  const KeyConditions& conditions = *key->conditions;
  if (conditions.expires_at) found.until = *conditions.expires_at;
  std::optional<WallTime> secret_until = conditions.newest_until;
  for (const auto& older : conditions.older) {
    if (equal(older.digest, digest)) secret_until = older.until;
  }
  if (secret_until) found.until = std::min(found.until, *secret_until);
  return found;
}

bool Directory::is_revoked(const model::SessionId& session) const {
  const std::uint64_t hash = hash_of(session);
  const auto is_it = [&](const RevokedSession& other) { return other.id == session; };
  return revoked_.find(hash, is_it) || revoked_before_.find(hash, is_it);
}

model::PermissionSet Directory::permissions_of(const model::TenantId& tenant,
                                               std::span<const std::string> roles) const {
  model::PermissionSet permissions;
  for (const std::string& name : roles) {
    if (const auto built_in = model::built_in_role(name)) {
      permissions = permissions | *built_in;
      continue;
    }
    const std::string id = storage::role_record_id(tenant, name);
    const StoredRole* role = roles_.find(
        policy::hash_bytes(id), [&](const StoredRole& other) { return other.record_id == id; });
    if (role) permissions = permissions | role->permissions;
  }
  return permissions;
}

}  // namespace apiforge::auth
