// Roles of a tenant's own, beside the built-in ones. See ports.hpp for threads.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "auth/accounts/ports.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

inline constexpr std::size_t kMaxRolesPerTenant = 100;

struct NewRole {
  std::string name{};  ///< `[a-z][a-z0-9_-]{0,63}`, not that of a built-in one
  std::string description{};
  std::vector<std::string> permissions{};   ///< names
  std::optional<model::TenantId> tenant{};  ///< default: the caller's
};

struct RolePatch {
  std::optional<std::string> description{};
  std::optional<std::vector<std::string>> permissions{};
};

struct RoleView {
  storage::Stored<model::Role> role;  ///< of a built-in one without revision and times
  bool built_in = false;
};

/// All need auth:manage. Forbidden when a role has, or would have, a permission that the caller
/// does not have. `tenant` defaults to the caller's.
class Roles {
 public:
  explicit Roles(const Ports& ports) : ports_(ports) {}

  Result<storage::Stored<model::Role>> create(const Actor& actor, const NewRole& role) const;
  Result<RoleView> get(const Actor& actor, const std::optional<model::TenantId>& tenant,
                       const std::string& name) const;
  /// The built-in ones first, then the tenant's own by name.
  Result<std::vector<RoleView>> list(const Actor& actor,
                                     const std::optional<model::TenantId>& tenant) const;
  Result<storage::Stored<model::Role>> patch(const Actor& actor,
                                             const std::optional<model::TenantId>& tenant,
                                             const std::string& name, const RolePatch& patch,
                                             IfMatch if_match) const;
  /// It is taken from all users who have it.
  Result<void> remove(const Actor& actor, const std::optional<model::TenantId>& tenant,
                      const std::string& name, IfMatch if_match) const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::auth::accounts
