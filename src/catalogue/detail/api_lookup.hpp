// Finding Apis among the stored and the declared ones, as a caller sees them. Under the lock of an
// Inventory::Reading.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "catalogue/apis.hpp"

namespace apiforge::catalogue::detail {

/// Calls `visit(api, declared)` for all versions of all names behind the id `after`, in the order
/// of names and versions, until it says false. Where the file declares what is stored too, only the
/// declared one is there.
void for_each_api(const Inventory::Reading& inventory, std::string_view after,
                  const std::function<bool(const IndexedApi& api, bool declared)>& visit);

struct FoundApi {
  IndexedApi api;
  bool declared = false;
};

/// One version of a name; when none is named, the default one, the only one, or else the last by
/// name. NotFound when there is none, or it is of a tenant that `scope` does not cover.
Result<FoundApi> find_api(const Inventory::Reading& inventory, const storage::Scope& scope,
                          std::string_view name, const std::optional<std::string>& version);

StoredApi view_of(const IndexedApi& api, bool declared);

}  // namespace apiforge::catalogue::detail
