#include "model/permission.hpp"

#include <algorithm>
#include <array>

#include "base/in_quotes.hpp"
#include "base/nearest_name.hpp"

namespace apiforge::model {
namespace {

using enum Permission;

constexpr std::array<std::string_view, kPermissionCount> kNames{
    "gateway:read", "gateway:write",   "gateway:call",    "quota:read",
    "quota:write",  "cluster:read",    "cluster:write",   "auth:manage",
    "audit:read",   "platform:manage", "gateway:priority"};

constexpr std::array<std::string_view, 5> kRoleNames{"admin", "owner", "operator", "developer",
                                                     "viewer"};
constexpr std::array<PermissionSet, 5> kRoles{
    PermissionSet::all(),
    {GatewayRead, GatewayWrite, GatewayCall, GatewayPriority, QuotaRead, QuotaWrite, ClusterRead,
     AuthManage, AuditRead},
    {GatewayRead, GatewayWrite, GatewayCall, GatewayPriority, QuotaRead, QuotaWrite, ClusterRead,
     AuditRead},
    {GatewayRead, GatewayCall, QuotaRead},
    {GatewayRead, QuotaRead}};

}  // namespace

std::string_view name_of(Permission permission) {
  return kNames[static_cast<std::size_t>(permission)];
}

std::optional<Permission> parse_permission(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Permission>(found - kNames.begin());
}

std::vector<std::string> names_of(PermissionSet permissions) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    if (permissions.has(static_cast<Permission>(i))) names.emplace_back(kNames[i]);
  }
  return names;
}

Result<PermissionSet> parse_permissions(std::span<const std::string> names) {
  PermissionSet set;
  for (const std::string& name : names) {
    const auto permission = parse_permission(name);
    if (!permission) {
      return fail(ErrorCode::InvalidValue,
                  in_quotes(name) + " is no permission" + did_you_mean(name, kNames));
    }
    set.add(*permission);
  }
  return set;
}

std::optional<PermissionSet> built_in_role(std::string_view name) {
  const auto found = std::ranges::find(kRoleNames, name);
  if (found == kRoleNames.end()) return std::nullopt;
  return kRoles[static_cast<std::size_t>(found - kRoleNames.begin())];
}

std::span<const std::string_view> built_in_role_names() {
  return kRoleNames;
}

}  // namespace apiforge::model
