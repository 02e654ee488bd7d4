// Users: one's own profile and password, and the administration of a tenant's users. See ports.hpp
// for threads.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "auth/accounts/ports.hpp"
#include "base/secret.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

struct Profile {
  storage::Stored<model::User> user;
  model::PermissionSet permissions;  ///< of the caller: of a key those of the key
};

struct ProfilePatch {
  std::optional<std::string> username{};
  std::optional<std::string> email{};
};

struct PasswordChange {
  Secret current{};
  Secret next{};
};

struct NewUser {
  std::string username{};
  std::string email{};
  Secret password{};
  std::vector<std::string> roles{};         ///< names of built-in roles or of the tenant's own
  std::optional<model::TenantId> tenant{};  ///< default: the caller's
};

struct UserPatch {
  std::optional<std::string> username{};
  std::optional<std::string> email{};
  std::optional<Secret> password{};  ///< ends all sessions
  std::optional<std::vector<std::string>> roles{};
  std::optional<bool> disabled{};
};

class Users {
 public:
  explicit Users(const Ports& ports) : ports_(ports) {}

  Result<Profile> profile(const Actor& actor) const;
  /// Not for API keys: Forbidden.
  Result<Profile> patch_profile(const Actor& actor, const ProfilePatch& patch,
                                IfMatch if_match) const;
  /// Ends all sessions but the caller's own, and voids access tokens. InvalidValue when the current
  /// password is wrong, which counts as a failed login (TooManyAttempts). Not for API keys.
  Result<void> change_password(const Actor& actor, const PasswordChange& change) const;

  // What follows needs auth:manage; NotFound for users of other tenants. Forbidden when the caller
  // would grant, or take over, permissions that it does not have itself. LastAdministrator when
  // nobody would be left who may manage the tenant.

  Result<storage::Stored<model::User>> create(const Actor& actor, const NewUser& user) const;
  Result<storage::Stored<model::User>> get(const Actor& actor, const model::UserId& id) const;
  /// Of `tenant`, or of the caller's own; the platform sees all when it names none.
  Result<Page<storage::Stored<model::User>>> list(const Actor& actor,
                                                  const std::optional<model::TenantId>& tenant,
                                                  const PageQuery& page) const;
  Result<storage::Stored<model::User>> patch(const Actor& actor, const model::UserId& id,
                                             const UserPatch& patch, IfMatch if_match) const;
  /// With the user go its keys and sessions.
  Result<void> remove(const Actor& actor, const model::UserId& id, IfMatch if_match) const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::auth::accounts
