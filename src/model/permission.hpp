// Permissions: what a caller may do, as `area:verb`, and sets of them. Values; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace apiforge::model {

enum class Permission : std::uint8_t {
  GatewayRead,      ///< see APIs, routes and their statistics
  GatewayWrite,     ///< change them, and the credentials for upstreams
  GatewayCall,      ///< call APIs
  QuotaRead,        ///< see quotas, breakers, alerts
  QuotaWrite,       ///< change them
  ClusterRead,      ///< see nodes
  ClusterWrite,     ///< change them
  AuthManage,       ///< users, roles, invitations, sessions and everyone's keys of one's tenant
  AuditRead,        ///< read and verify the audit log of one's tenant
  PlatformManage,   ///< all tenants: their users, their keys, the platform's settings
  GatewayPriority,  ///< say how urgent a call is, with X-Priority
};
inline constexpr std::size_t kPermissionCount = 11;

/// `gateway:read`, ...
std::string_view name_of(Permission permission);
std::optional<Permission> parse_permission(std::string_view name);

class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  constexpr PermissionSet(std::initializer_list<Permission> permissions) {
    for (const Permission permission : permissions) add(permission);
  }
  static constexpr PermissionSet all() {
    PermissionSet set;
    set.bits_ = (1u << kPermissionCount) - 1;
    return set;
  }
  constexpr void add(Permission permission) { bits_ |= bit(permission); }
  constexpr bool has(Permission permission) const { return (bits_ & bit(permission)) != 0; }
  constexpr bool includes(PermissionSet other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr PermissionSet operator&(PermissionSet a, PermissionSet b) {
    a.bits_ &= b.bits_;
    return a;
  }
  friend constexpr PermissionSet operator|(PermissionSet a, PermissionSet b) {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr bool operator==(PermissionSet, PermissionSet) = default;

 private:
  static constexpr std::uint32_t bit(Permission permission) {
    return 1u << static_cast<unsigned>(permission);
  }
  std::uint32_t bits_ = 0;
};

/// The names, in the order of the enumeration.
std::vector<std::string> names_of(PermissionSet permissions);
/// InvalidValue names the first unknown one and the nearest that exists.
Result<PermissionSet> parse_permissions(std::span<const std::string> names);

/// The roles that exist in every tenant: admin (of the platform), owner, operator, developer,
/// viewer. nullopt for any other name.
std::optional<PermissionSet> built_in_role(std::string_view name);
/// In falling order of power.
std::span<const std::string_view> built_in_role_names();

}  // namespace apiforge::model
