#include "catalogue/apis.hpp"

#include <algorithm>
#include <set>

#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "base/in_quotes.hpp"
#include "base/text.hpp"
#include "catalogue/api_record.hpp"
#include "catalogue/detail/api_lookup.hpp"
#include "catalogue/detail/api_rules.hpp"
#include "catalogue/detail/requests.hpp"

namespace apiforge::catalogue {
namespace {

using auth::accounts::Deed;

constexpr model::PermissionSet kReadApis{model::Permission::GatewayRead};
constexpr model::PermissionSet kWriteApis{model::Permission::GatewayWrite};

/// Names and routes are checked against those of all tenants, which one tenant's scope does not
/// show. What a caller may see and change is decided by its own scope, on every Api.
storage::Scope all_tenants() {
  return storage::Scope::platform();
}

Deed deed_on_api(std::string action, std::string_view name) {
  return {.action = std::move(action),
          .target = "api:" + std::string(name),
          .tenant = {},
          .details = {}};
}

std::string difference(const model::Api* before, const model::Api* after,
                       const std::optional<IndexedApi>& former_default = {}) {
  const auto body = [](const model::Api* api) {
    return api == nullptr ? std::string() : to_record(*api).body;
  };
  auth::AuditDetails details;
  details.changes(body(before), body(after));
  if (former_default) details.fact("default_taken_from", former_default->value->version);
  return details.text();
}

std::unexpected<Error> api_of_file(std::string_view name) {
  return fail(
      ErrorCode::DeclaredInFile,
      "the API " + in_quotes(name) + " is declared in the configuration file; change it there");
}

/// The name may be used for another Api of this tenant.
Result<void> check_name_is_free(const Inventory::Reading& inventory, const model::Api& api) {
  for (const ApiIndex* index : {&inventory.stored(), &inventory.declared()}) {
    const auto* const versions = index->versions_of(api.name);
    if (versions == nullptr) continue;
    if (versions->begin()->second.value->tenant != api.tenant) {
      return fail(ErrorCode::AlreadyExists, "the name " + in_quotes(api.name) + " is taken");
    }
    if (versions->contains(api.version)) {
      return fail(ErrorCode::AlreadyExists, "there is an API " + in_quotes(api.name) +
                                                " with the version " + in_quotes(api.version));
    }
  }
  return {};
}

/// The stored version that is the default and will not be, since `api` is.
std::optional<IndexedApi> former_default(const Inventory::Reading& inventory,
                                         const model::Api& api) {
  const auto* const versions = inventory.stored().versions_of(api.name);
  if (!api.is_default_version || versions == nullptr) return std::nullopt;
  for (const auto& [version, other] : *versions) {
    if (other.value->is_default_version && version != api.version) return other;
  }
  return std::nullopt;
}

Result<void> take_default_from(storage::Transaction& transaction, const IndexedApi& former) {
  model::Api api = *former.value;
  api.is_default_version = false;
  storage::Record record = to_record(api);
  record.revision = former.revision;
  return transaction.update(record);
}

/// All that is wrong with the Api beside the others.
Result<std::vector<BodyFault>> faults_in_place(const Ports& ports,
                                               storage::Transaction& transaction,
                                               const Inventory::Reading& inventory,
                                               const model::Api& api) {
  auto faults = detail::faults_of_credential(transaction, ports.vault, inventory.file(), api);
  if (!faults) return faults;
  std::ranges::move(detail::faults_among_others(inventory, api), std::back_inserter(*faults));
  return faults;
}

/// Whether the Api leads to the name in a way that nothing is left for when `removed` are gone.
bool needs(const model::Api& api, const std::string& name, const std::set<std::string>& removed,
           bool all_are_removed) {
  if (api.mirror && api.name == name && removed.contains(api.mirror->version)) return true;
  return std::ranges::any_of(api.fallback, [&](const model::Fallback& step) {
    if (step.kind != model::FallbackKind::Api || step.api != name) return false;
    return step.version.empty() ? all_are_removed : removed.contains(step.version);
  });
}

Result<void> check_not_needed(const Inventory::Reading& inventory, const std::string& name,
                              const std::set<std::string>& removed) {
  const auto* const versions = inventory.stored().versions_of(name);
  const bool all = versions != nullptr && versions->size() == removed.size() &&
                   inventory.declared().versions_of(name) == nullptr;
  for (const ApiIndex* index : {&inventory.stored(), &inventory.declared()}) {
    for (const std::string& id : index->leading_to(name)) {
      const auto parts = parse_api_id(id);
      const IndexedApi* const other = parts ? index->find(parts->name, parts->version) : nullptr;
      if (other == nullptr) continue;
      const bool goes_too = parts->name == name && removed.contains(std::string(parts->version));
      if (goes_too || !needs(*other->value, name, removed, all)) continue;
      return fail(ErrorCode::ResourceInUse,
                  "a mirror or a fallback of " + in_quotes(id) + " leads to it");
    }
  }
  return {};
}

bool matches(const model::Api& api, const ApiQuery& query, const std::string& text) {
  if (query.kind && api.kind != *query.kind) return false;
  if (query.enabled && api.enabled != *query.enabled) return false;
  if (text.empty()) return true;
  return lower_case(api.name).find(text) != std::string::npos ||
         lower_case(api.description).find(text) != std::string::npos;
}

Result<void> check_page(const PageQuery& page) {
  if (!page.after.empty() && !parse_api_id(page.after)) return detail::unknown_cursor();
  return detail::check_limit(page);
}

/// The tenant that a new Api becomes one of.
Result<model::TenantId> tenant_of_new(const Actor& actor,
                                      const std::optional<model::TenantId>& requested) {
  if (auto allowed = auth::accounts::require_permissions(actor, kWriteApis); !allowed) {
    return std::unexpected(std::move(allowed.error()));
  }
  return auth::accounts::tenant_for(*actor.caller, requested);
}

/// The one that `replace` is about, for a caller who may change it.
Result<IndexedApi> find_to_change(const Ports& ports, const Actor& actor, const Deed& deed,
                                  std::string_view name,
                                  const std::optional<std::string>& version) {
  return auth::accounts::look_within(
      ports.accounts, actor, kWriteApis, all_tenants(), deed,
      [&](storage::Transaction& transaction) -> Result<IndexedApi> {
        const auto inventory = ports.inventory.read(transaction);
        if (!inventory) return std::unexpected(inventory.error());
        auto found =
            detail::find_api(*inventory, auth::accounts::scope_of(*actor.caller), name, version);
        if (!found) return std::unexpected(std::move(found.error()));
        if (found->declared) return api_of_file(name);
        return std::move(found->api);
      });
}

}  // namespace

Checked<StoredApi> Apis::create(const Actor& actor, model::Api api,
                                const std::optional<model::TenantId>& tenant) const {
  Deed deed = deed_on_api("api.create", api_id(api.name, api.version));
  auto owner = tenant_of_new(actor, tenant);
  if (!owner) {
    auth::accounts::tell_refusal(ports_.accounts, actor, deed, owner.error());
    return std::unexpected(std::move(owner.error()));
  }
  api.tenant = *std::move(owner);
  deed.tenant = api.tenant.value;
  // Before the transaction: names are resolved, which may take seconds.
  if (auto faults = detail::faults_in_itself(ports_, api); !faults.empty()) {
    return refuse_body(std::move(faults));
  }
  return auth::accounts::change_within(
      ports_.accounts, actor, kWriteApis, all_tenants(), std::move(deed),
      [&](storage::Transaction& transaction, Deed& told) -> Checked<StoredApi> {
        if (auto known = detail::check_tenant_exists(transaction, api.tenant); !known) {
          return std::unexpected(std::move(known.error()));
        }
        const auto inventory = ports_.inventory.read(transaction);
        if (!inventory) return std::unexpected(inventory.error());
        if (auto free = check_name_is_free(*inventory, api); !free) {
          return std::unexpected(std::move(free.error()));
        }
        auto faults = faults_in_place(ports_, transaction, *inventory, api);
        if (!faults) return std::unexpected(std::move(faults.error()));
        if (!faults->empty()) return refuse_body(*std::move(faults));
        const auto former = former_default(*inventory, api);
        storage::Record record = to_record(api);
        auto done = former ? take_default_from(transaction, *former) : Result<void>();
        if (done) done = transaction.insert(record);
        if (!done) return std::unexpected(std::move(done.error()));
        told.details = difference(nullptr, &api, former);
        return StoredApi{api, record.revision, record.created_at, record.updated_at};
      });
}

Result<StoredApi> Apis::get(const Actor& actor, std::string_view name,
                            const std::optional<std::string>& version) const {
  return auth::accounts::look_within(
      ports_.accounts, actor, kReadApis, all_tenants(), deed_on_api("api.read", name),
      [&](storage::Transaction& transaction) -> Result<StoredApi> {
        const auto inventory = ports_.inventory.read(transaction);
        if (!inventory) return std::unexpected(inventory.error());
        auto found =
            detail::find_api(*inventory, auth::accounts::scope_of(*actor.caller), name, version);
        if (!found) return std::unexpected(std::move(found.error()));
        return detail::view_of(found->api, found->declared);
      });
}

Result<Page<StoredApi>> Apis::list(const Actor& actor, const ApiQuery& query) const {
  return auth::accounts::look_within(
      ports_.accounts, actor, kReadApis, all_tenants(), deed_on_api("api.list", {}),
      [&](storage::Transaction& transaction) -> Result<Page<StoredApi>> {
        if (auto valid = check_page(query.page); !valid) {
          return std::unexpected(std::move(valid.error()));
        }
        auto tenant = auth::accounts::tenant_filter(*actor.caller, query.tenant);
        if (!tenant) return std::unexpected(std::move(tenant.error()));
        const auto inventory = ports_.inventory.read(transaction);
        if (!inventory) return std::unexpected(inventory.error());
        const storage::Scope scope{*std::move(tenant)};
        const std::string text = lower_case(query.text);
        Page<StoredApi> page;
        detail::for_each_api(*inventory, query.page.after,
                             [&](const IndexedApi& api, bool declared) {
                               if (!scope.covers(api.value->tenant.value)) return true;
                               if (!matches(*api.value, query, text)) return true;
                               if (page.items.size() == query.page.limit) {
                                 const model::Api& last = page.items.back().value;
                                 page.next = api_id(last.name, last.version);
                                 return false;
                               }
                               page.items.push_back(detail::view_of(api, declared));
                               return true;
                             });
        return page;
      });
}

Checked<StoredApi> Apis::replace(const Actor& actor, std::string_view name,
                                 const std::optional<std::string>& version, model::Api api,
                                 IfMatch if_match) const {
  Deed deed = deed_on_api("api.update", version ? api_id(name, *version) : std::string(name));
  // The rules of the Api in itself depend on whose it is, and take too long for a transaction.
  const auto target = find_to_change(ports_, actor, deed, name, version);
  if (!target) return std::unexpected(target.error());
  const model::Api before = *target->value;
  std::vector<BodyFault> faults;
  if (api.name != before.name) faults.push_back({"/name", "must be " + in_quotes(before.name)});
  if (api.version != before.version) {
    faults.push_back({"/version", "must be " + in_quotes(before.version) +
                                      "; another version is made by creating it"});
  }
  api.tenant = before.tenant;
  if (faults.empty()) faults = detail::faults_in_itself(ports_, api);
  if (!faults.empty()) return refuse_body(std::move(faults));
  deed.tenant = api.tenant.value;
  deed.target = "api:" + api_id(api.name, api.version);
  return auth::accounts::change_within(
      ports_.accounts, actor, kWriteApis, all_tenants(), std::move(deed),
      [&](storage::Transaction& transaction, Deed& told) -> Checked<StoredApi> {
        const auto inventory = ports_.inventory.read(transaction);
        if (!inventory) return std::unexpected(inventory.error());
        const IndexedApi* const now = inventory->stored().find(api.name, api.version);
        if (now == nullptr || now->value->tenant != api.tenant) {
          return fail(ErrorCode::NotFound, "it was removed meanwhile");
        }
        auto done = auth::accounts::check_version(if_match, now->revision);
        if (!done) return std::unexpected(std::move(done.error()));
        auto in_place = faults_in_place(ports_, transaction, *inventory, api);
        if (!in_place) return std::unexpected(std::move(in_place.error()));
        if (!in_place->empty()) return refuse_body(*std::move(in_place));
        const auto former = former_default(*inventory, api);
        storage::Record record = to_record(api);
        record.revision = now->revision;
        if (former) done = take_default_from(transaction, *former);
        if (done) done = transaction.update(record);
        if (!done) return std::unexpected(std::move(done.error()));
        told.details = difference(now->value.get(), &api, former);
        return StoredApi{api, record.revision, record.created_at, record.updated_at};
      });
}

Result<void> Apis::remove(const Actor& actor, std::string_view name,
                          const std::optional<std::string>& version, IfMatch if_match) const {
  return auth::accounts::change_within(
      ports_.accounts, actor, kWriteApis, all_tenants(),
      deed_on_api("api.remove", version ? api_id(name, *version) : std::string(name)),
      [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
        const auto inventory = ports_.inventory.read(transaction);
        if (!inventory) return std::unexpected(inventory.error());
        const auto found =
            detail::find_api(*inventory, auth::accounts::scope_of(*actor.caller), name, version);
        if (!found) return std::unexpected(found.error());
        const model::Api& api = *found->api.value;
        if (found->declared || (!version && inventory->declared().versions_of(name) != nullptr)) {
          return api_of_file(name);
        }
        auto done = auth::accounts::check_version(if_match, found->api.revision);
        if (!done) return done;
        std::map<std::string, std::uint64_t> revisions;
        for (const auto& [other, stored] : *inventory->stored().versions_of(name)) {
          if (!version || other == *version) revisions[other] = stored.revision;
        }
        std::set<std::string> versions;
        for (const auto& [each, revision] : revisions) versions.insert(each);
        done = check_not_needed(*inventory, api.name, versions);
        for (auto at = revisions.begin(); done && at != revisions.end(); ++at) {
          done = transaction.remove(storage::Kind::Api, api_id(name, at->first), at->second);
        }
        told.tenant = api.tenant.value;
        told.details = difference(&api, nullptr);
        return done;
      });
}

Checked<StoredApi> Apis::import(const Actor& actor, std::string_view document,
                                const ImportOptions& options,
                                const std::optional<model::TenantId>& tenant) const {
  if (auto allowed = tenant_of_new(actor, tenant); !allowed) {
    auth::accounts::tell_refusal(ports_.accounts, actor, deed_on_api("api.create", options.name),
                                 allowed.error());
    return std::unexpected(std::move(allowed.error()));
  }
  auto api = api_from_openapi(document, options);
  if (!api) return refuse_body(std::move(api.error()));
  return create(actor, *std::move(api), tenant);
}

}  // namespace apiforge::catalogue
