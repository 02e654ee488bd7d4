// What the tests of the catalogue share: a store in memory, a vault, tenants, callers, a declared
// configuration, and verbs. One thread; for tests.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "auth/accounts/ports.hpp"
#include "base/encoding.hpp"
#include "catalogue/catalogue.hpp"
#include "storage/memory/memory_store.hpp"
#include "storage/records.hpp"

namespace apiforge::catalogue {

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().info().name);
}
template <class T>
std::string code_of(const Checked<T>& result) {
  return result ? "ok" : std::string(result.error().error.info().name);
}

/// `/pointer: message` of the first fault, or the code.
template <class T>
std::string first_fault(const Checked<T>& result) {
  if (result || result.error().faults.empty()) return code_of(result);
  return result.error().faults[0].pointer + ": " + result.error().faults[0].message;
}

inline model::Api api_named(std::string name, std::string version = "v1") {
  model::Api api;
  api.name = std::move(name);
  api.version = std::move(version);
  api.upstream.endpoints.emplace_back().url = "https://" + api.name + ".example.com";
  return api;
}

inline model::Route route_at(std::string path) {
  model::Route route;
  route.path = std::move(path);
  return route;
}

inline std::map<std::string, Secret> bearer_fields(std::string token) {
  return {{"token", Secret(std::move(token))}};
}

class CatalogueFixture : public testing::Test {
 protected:
  CatalogueFixture() {
    given_tenant("acme");
    given_tenant("globex");
  }

  // --- given -----------------------------------------------------------------------------------

  void given_tenant(const std::string& id) {
    auto transaction = begin_write();
    ASSERT_TRUE(storage::insert(*transaction, model::Tenant{.id = {id}, .name = id}));
    ASSERT_TRUE(transaction->commit());
  }
  StoredApi given_api(const Actor& actor, model::Api api) {
    auto stored = catalogue.apis.create(actor, std::move(api));
    EXPECT_EQ(first_fault(stored), "ok");
    return *std::move(stored);
  }
  void given_credential(const Actor& actor, const std::string& name,
                        const std::string& token = "a-token") {
    const auto made = catalogue.credentials.create(
        actor, {.name = name, .kind = "bearer", .fields = bearer_fields(token), .tenant = {}});
    EXPECT_EQ(first_fault(made), "ok");
  }
  void given_declared(std::vector<model::Api> apis,
                      std::vector<model::Credential> credentials = {}) {
    model::Configuration configuration;
    configuration.apis = std::move(apis);
    configuration.credentials = std::move(credentials);
    given_file(std::move(configuration));
  }
  void given_file(model::Configuration configuration) {
    file = std::make_shared<const model::Configuration>(std::move(configuration));
  }

  // --- who asks --------------------------------------------------------------------------------

  /// A caller of the tenant who may read and write the catalogue; the platform's may do all.
  Actor of(const std::string& tenant) {
    const bool platform = tenant == model::kPlatformTenant;
    return of(tenant, platform
                          ? model::PermissionSet::all()
                          : model::PermissionSet{
                                model::Permission::GatewayRead, model::Permission::GatewayWrite,
                                model::Permission::QuotaRead, model::Permission::QuotaWrite});
  }
  Actor of(const std::string& tenant, model::PermissionSet permissions) {
    auto caller = std::make_unique<auth::Caller>();
    caller->tenant.value = tenant;
    caller->user.value = "ann";
    caller->label = "user:ann";
    caller->permissions = permissions;
    callers.push_back(std::move(caller));
    return {.caller = callers.back().get(), .client = "198.51.100.4"};
  }
  Actor root() { return of(model::kPlatformTenant); }

  // --- what is stored --------------------------------------------------------------------------

  std::unique_ptr<storage::Transaction> begin_read() {
    return *store.begin(storage::Scope::platform(), storage::Mode::Read);
  }
  std::unique_ptr<storage::Transaction> begin_write() {
    return *store.begin(storage::Scope::platform(), storage::Mode::Write);
  }
  /// The newest first.
  std::vector<storage::AuditEntry> audit() {
    storage::AuditQuery query;
    query.limit = 10'000;
    return *begin_read()->list_audit(query);
  }
  /// `action target outcome` of the newest entry.
  std::string last_told() {
    const auto entries = audit();
    if (entries.empty()) return {};
    return entries[0].action + " " + entries[0].target + " " + entries[0].outcome;
  }
  /// `name@version`, the declared ones with a `*`.
  std::vector<std::string> names_in(const Result<Page<StoredApi>>& page) {
    std::vector<std::string> names;
    EXPECT_EQ(code_of(page), "ok");
    for (const auto& api : page->items) {
      names.push_back(api_id(api.value.name, api.value.version) + (api.declared ? "*" : ""));
    }
    return names;
  }
  std::vector<std::string> listed(const Actor& actor, const ApiQuery& query = {}) {
    return names_in(catalogue.apis.list(actor, query));
  }

  static auth::Vault make_vault() {
    std::string bytes(auth::SecretKey::kBytes, 'k');
    bytes[0] = '!';
    auto keys = auth::MasterKeys::parse("one:" + base64(bytes_of(bytes)) + "\n");
    EXPECT_TRUE(keys);
    return auth::Vault(*std::move(keys));
  }

  SimulatedClock clock;
  storage::MemoryStore store{clock};
  auth::PasswordHasher hasher{{.memory_kib = 8, .passes = 1}, 1, 1};
  auth::CredentialHasher digests{Secret(std::string(32, 'k'))};
  auth::accounts::LoginGuard guard{{}, 42, clock};
  auth::accounts::Ports accounts{.store = store,
                                 .passwords = hasher,
                                 .token_issuer = {},
                                 .credentials = digests,
                                 .clock = clock,
                                 .guard = guard,
                                 .settings = {}};
  auth::Vault vault = make_vault();
  std::shared_ptr<const model::Configuration> file = std::make_shared<const model::Configuration>();
  std::vector<std::string> reports;
  Inventory inventory{[this] { return file; },
                      [this](const Error& error) { reports.push_back(error.detail); }};
  std::vector<std::string> refused_hosts;  ///< of the address check
  std::vector<std::unique_ptr<auth::Caller>> callers;
  Catalogue catalogue{{.accounts = accounts,
                       .vault = vault,
                       .inventory = inventory,
                       .connectors = {"http", "binance"},
                       .check_address = [this](const model::UpstreamUrl& url) -> Result<void> {
                         for (const auto& host : refused_hosts) {
                           if (host == url.host) {
                             return fail(ErrorCode::InvalidValue, "resolves to a private address");
                           }
                         }
                         return {};
                       },
                       .check_compiles =
                           [](const model::Api& api) {
                             std::vector<BodyFault> faults;
                             if (api.description == "spoilt") faults.push_back({"/x", "is spoilt"});
                             return faults;
                           }}};
};

}  // namespace apiforge::catalogue
