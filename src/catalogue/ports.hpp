// What the use cases of the catalogue stand on. They are small classes over a Ports value, keep no
// state of their own, block (database, name resolution), and so run on threads of the blocking
// pool; any of those, at the same time. The control plane owns the Ports and outlives every call.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "auth/accounts/ports.hpp"
#include "auth/vault/vault.hpp"
#include "base/problem.hpp"
#include "catalogue/inventory.hpp"
#include "model/url.hpp"

namespace apiforge::catalogue {

using auth::accounts::Actor;
using auth::accounts::IfMatch;
using auth::accounts::Page;
using auth::accounts::PageQuery;

/// Whether the gateway may connect to this endpoint: its name is resolved, and none of its
/// addresses is loopback, private, link-local or of a cloud's metadata service, unless the
/// operator allows it. The detail of the error is shown as the fault of the URL. May block.
using AddressCheck = std::function<Result<void>(const model::UpstreamUrl& url)>;

/// What only the data plane can tell of an Api that model::validate_api finds sound: templates and
/// patterns that cannot be read. Pointers go into the JSON form of the Api.
using CompileCheck = std::function<std::vector<BodyFault>(const model::Api& api)>;

struct Ports {
  const auth::accounts::Ports& accounts;  ///< store, clock, and the guard of the audit log
  const auth::Vault& vault;               ///< seals credentials
  Inventory& inventory;
  std::vector<std::string> connectors;  ///< the names of this build
  AddressCheck check_address;
  CompileCheck check_compiles;
};

}  // namespace apiforge::catalogue
