#include "auth/access.hpp"

#include <algorithm>

namespace apiforge::auth {

bool may(const Caller& caller, model::Permission permission) {
  return caller.permissions.has(permission);
}

Result<void> require(const Caller& caller, model::PermissionSet permissions) {
  if (caller.permissions.includes(permissions)) return {};
  std::size_t missing = 0;
  const auto at = [](std::size_t i) { return static_cast<model::Permission>(i); };
  while (!permissions.has(at(missing)) || caller.permissions.has(at(missing))) ++missing;
  return fail(ErrorCode::Forbidden,
              "the permission " + std::string(model::name_of(at(missing))) + " is required");
}

Result<void> require_network(const Caller& caller, std::string_view client) {
  if (!caller.restrictions || caller.restrictions->networks.empty()) return {};
  const auto address = model::parse_ip_address(client);
  const auto holds = [&](const model::Cidr& network) { return contains(network, *address); };
  if (address && std::ranges::any_of(caller.restrictions->networks, holds)) return {};
  return fail(ErrorCode::Forbidden, "this API key may not be used from this address");
}

Result<void> may_call(const Caller& caller, model::PermissionSet permissions, std::string_view api,
                      std::string_view client) {
  if (auto allowed = require(caller, permissions); !allowed) return allowed;
  if (!caller.restrictions) return {};
  const KeyRestrictions& restrictions = *caller.restrictions;
  if (!restrictions.all_apis &&
      std::ranges::find(restrictions.apis, api) == restrictions.apis.end()) {
    return fail(ErrorCode::Forbidden, "this API key may not be used for this API");
  }
  return require_network(caller, client);
}

}  // namespace apiforge::auth
