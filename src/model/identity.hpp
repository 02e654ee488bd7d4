// Who uses the gateway: tenants, users, API keys, sessions. Plain values as they are stored; what
// workers read of them is auth::Directory. Times are UTC.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "model/network.hpp"
#include "model/permission.hpp"

namespace apiforge::model {

/// An opaque identifier, `[A-Za-z0-9_-]{1,64}`; one of a user is never taken for one of a tenant.
template <class Of>
struct Id {
  std::string value;
  bool empty() const { return value.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;
};
using TenantId = Id<struct Tenant>;
using UserId = Id<struct User>;
using ApiKeyId = Id<struct ApiKey>;
using SessionId = Id<struct Session>;
using InvitationId = Id<struct Invitation>;

/// The tenant of administrators; it exists from the first migration on and cannot be removed.
inline constexpr const char* kPlatformTenant = "platform";

struct Tenant {
  TenantId id;
  std::string name;  ///< unique, 1..64 characters
  bool suspended = false;
  friend bool operator==(const Tenant&, const Tenant&) = default;
};

struct User {
  UserId id;
  TenantId tenant;
  std::string username;  ///< unique ignoring case, `[A-Za-z0-9._-]{3,64}`
  std::string email;     ///< unique ignoring case
  Secret password_hash;  ///< Argon2id, PHC string
  std::vector<std::string> roles;
  bool disabled = false;
  /// Access tokens issued before are void: set by password change, role change and disabling.
  WallTime tokens_valid_from{};
  std::optional<WallTime> last_login_at{};
  friend bool operator==(const User&, const User&) = default;
};

/// One secret of a key; two live while a rotation overlaps.
struct ApiKeySecret {
  std::string digest;  ///< keyed BLAKE2b-256 of the whole key text, 32 bytes as they are
  std::string last4;   ///< for people
  std::optional<WallTime> until{};  ///< of one that is replaced
  friend bool operator==(const ApiKeySecret&, const ApiKeySecret&) = default;
};

struct ApiKey {
  ApiKeyId id;
  TenantId tenant;
  UserId owner;  ///< a key never may more than its owner may at the moment of the call
  std::string name;
  PermissionSet scopes;
  std::vector<std::string> apis = {"*"};  ///< names of Apis; `*` for all
  std::vector<Cidr> allowed_cidrs;        ///< empty: from anywhere
  std::optional<WallTime> expires_at{};
  std::vector<ApiKeySecret> secrets;  ///< the newest first
  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

/// A login and the family of refresh tokens that began with it.
struct Session {
  SessionId id;
  TenantId tenant;
  UserId user;
  WallTime expires_at{};  ///< absolute; refreshing does not move it
  std::optional<WallTime> revoked_at{};
  std::string client;      ///< address at login
  std::string user_agent;  ///< at login, at most 256 bytes
  friend bool operator==(const Session&, const Session&) = default;
};

/// One refresh token, known by its hash only. A second use revokes its session.
struct RefreshToken {
  std::string digest;  ///< hexadecimal BLAKE2b-256 of the token's text; also the record's id
  SessionId session;
  TenantId tenant;
  WallTime expires_at{};  ///< unused tokens end with their session
  std::optional<WallTime> used_at{};
  friend bool operator==(const RefreshToken&, const RefreshToken&) = default;
};

struct Invitation {
  InvitationId id;
  TenantId tenant;
  std::string email;
  std::vector<std::string> roles;
  std::string digest;  ///< as of RefreshToken; unique
  WallTime expires_at{};
  std::optional<WallTime> used_at{};
  friend bool operator==(const Invitation&, const Invitation&) = default;
};

/// A role of a tenant's own, beside the built-in ones.
struct Role {
  TenantId tenant;
  std::string name;  ///< unique in the tenant, `[a-z][a-z0-9_-]{0,63}`
  std::string description;
  PermissionSet permissions;
  friend bool operator==(const Role&, const Role&) = default;
};

}  // namespace apiforge::model
