#include "catalogue/detail/api_lookup.hpp"

#include "base/in_quotes.hpp"

namespace apiforge::catalogue::detail {
namespace {

struct Entry {
  const IndexedApi* api = nullptr;
  bool declared = false;
};
/// The versions of one name; an entry of the file hides the stored one.
using Entries = std::map<std::string_view, Entry>;

Entries entries_of(const ApiIndex::Versions* stored, const ApiIndex::Versions* declared) {
  Entries entries;
  if (stored != nullptr) {
    for (const auto& [version, api] : *stored) entries[version] = {&api, false};
  }
  if (declared != nullptr) {
    for (const auto& [version, api] : *declared) entries[version] = {&api, true};
  }
  return entries;
}

const Entry& default_among(const Entries& entries) {
  for (const auto& [version, entry] : entries) {
    if (entry.api->value->is_default_version) return entry;
  }
  return entries.rbegin()->second;
}

}  // namespace

void for_each_api(const Inventory::Reading& inventory, std::string_view after,
                  const std::function<bool(const IndexedApi& api, bool declared)>& visit) {
  const auto parts = parse_api_id(after).value_or(ApiIdParts{});
  const ApiIndex::Names& stored = inventory.stored().names();
  const ApiIndex::Names& declared = inventory.declared().names();
  auto a = stored.lower_bound(parts.name);
  auto b = declared.lower_bound(parts.name);
  while (a != stored.end() || b != declared.end()) {
    const bool take_a = a != stored.end() && (b == declared.end() || a->first <= b->first);
    const bool take_b = b != declared.end() && (a == stored.end() || b->first <= a->first);
    const std::string& name = take_a ? a->first : b->first;
    const auto entries = entries_of(take_a ? &a->second : nullptr, take_b ? &b->second : nullptr);
    for (const auto& [version, entry] : entries) {
      if (name == parts.name && version <= parts.version) continue;
      if (!visit(*entry.api, entry.declared)) return;
    }
    if (take_a) ++a;
    if (take_b) ++b;
  }
}

Result<FoundApi> find_api(const Inventory::Reading& inventory, const storage::Scope& scope,
                          std::string_view name, const std::optional<std::string>& version) {
  Entries entries =
      entries_of(inventory.stored().versions_of(name), inventory.declared().versions_of(name));
  std::erase_if(entries, [&](const auto& entry) {
    return !scope.covers(entry.second.api->value->tenant.value);
  });
  if (entries.empty()) {
    return fail(ErrorCode::NotFound, "there is no API " + in_quotes(name));
  }
  if (!version) {
    const Entry& entry = default_among(entries);
    return FoundApi{*entry.api, entry.declared};
  }
  const auto found = entries.find(*version);
  if (found == entries.end()) {
    return fail(ErrorCode::NotFound,
                "the API " + in_quotes(name) + " has no version " + in_quotes(*version));
  }
  return FoundApi{*found->second.api, found->second.declared};
}

StoredApi view_of(const IndexedApi& api, bool declared) {
  return {*api.value, api.revision, api.created_at, api.updated_at, declared};
}

}  // namespace apiforge::catalogue::detail
