// What callers may do: the one place where permissions are decided, for the data plane and for the
// control API. Pure functions; any thread.
#pragma once
#include <string_view>

#include "auth/caller.hpp"
#include "base/error.hpp"

namespace apiforge::auth {

bool may(const Caller& caller, model::Permission permission);

/// Forbidden, naming the first permission that is missing.
Result<void> require(const Caller& caller, model::PermissionSet permissions);

/// Where the key may be used from. Forbidden when `client`, the address of the caller behind
/// trusted proxies, is outside of its networks or no address.
Result<void> require_network(const Caller& caller, std::string_view client);

/// Whether the caller may call an Api that asks for `permissions`: those, the Apis of its key, and
/// the networks of its key. Forbidden says which of these it is.
Result<void> may_call(const Caller& caller, model::PermissionSet permissions, std::string_view api,
                      std::string_view client);

}  // namespace apiforge::auth
