// What the tests of accounts share: a store in memory behind one that fails on demand, cheap
// hashing, and verbs. One thread; for tests.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/accounts/accounts.hpp"
#include "auth/accounts/bootstrap.hpp"
#include "auth/accounts/detail/grants.hpp"
#include "storage/faulty/faulty_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth::accounts {

inline constexpr std::string_view kPassword = "correct horse battery";
inline constexpr std::string_view kAdminPassword = "a very long admin secret";

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().info().name);
}

class AccountsFixture : public testing::Test {
 protected:
  AccountsFixture() {
    auto key = generate_signing_key(TokenAlgorithm::Hs256, clock.wall() - std::chrono::hours(1));
    signing_keys.keys.push_back(*std::move(key));
    issuer = std::make_shared<const TokenIssuer>(*TokenIssuer::make(signing_keys, {}));
  }

  Ports make_ports() {
    return {.store = store,
            .passwords = hasher,
            .token_issuer = [this] { return issuer; },
            .credentials = digests,
            .clock = clock,
            .guard = guard,
            .settings = {.registration = RegistrationMode::Open}};
  }

  // --- given -----------------------------------------------------------------------------------

  /// A new tenant with this owner in it.
  model::User given_owner(const std::string& name) {
    auto user =
        accounts.registration.register_user(stranger(), {.username = name,
                                                         .email = name + "@example.com",
                                                         .password = Secret(std::string(kPassword)),
                                                         .tenant = {},
                                                         .invitation = {}});
    EXPECT_EQ(code_of(user), "ok") << name;
    return user->value;
  }
  model::User given_administrator() {
    auto user = create_administrator(
        accounts.ports, "cli",
        {.username = "root", .email = {}, .password = Secret(std::string(kAdminPassword))});
    EXPECT_EQ(code_of(user), "ok");
    return user->value;
  }
  /// Another user of the owner's tenant.
  model::User given_colleague(const model::User& owner, const std::string& name,
                              std::vector<std::string> roles) {
    auto user = accounts.users.create(as(owner), {.username = name,
                                                  .email = name + "@example.com",
                                                  .password = Secret(std::string(kPassword)),
                                                  .roles = std::move(roles),
                                                  .tenant = {}});
    EXPECT_EQ(code_of(user), "ok") << name;
    return user->value;
  }
  ApiKeyWithText given_key(const model::User& owner, std::vector<std::string> scopes) {
    auto key = accounts.api_keys.create(as(owner), {.name = "bot", .scopes = std::move(scopes)});
    EXPECT_EQ(code_of(key), "ok");
    return *std::move(key);
  }

  // --- who asks --------------------------------------------------------------------------------

  static Actor stranger(std::string client = "203.0.113.7") {
    return {
        .caller = nullptr, .client = std::move(client), .user_agent = "test", .request_id = "r"};
  }
  /// The user as the access path would see it now, with what its roles permit.
  Actor as(const model::User& user, const model::SessionId& session = {}) {
    auto caller = std::make_unique<Caller>();
    caller->tenant = user.tenant;
    caller->user = user.id;
    caller->session = session;
    caller->label = "user:" + user.username;
    caller->permissions = permissions_of(user);
    return actor_of(std::move(caller));
  }
  /// The key, with its scopes as far as its owner has them.
  Actor as(const model::ApiKey& key, const model::User& owner) {
    auto caller = std::make_unique<Caller>();
    caller->tenant = key.tenant;
    caller->user = key.owner;
    caller->key = key.id;
    caller->permissions = permissions_of(owner) & key.scopes;
    return actor_of(std::move(caller));
  }
  Actor actor_of(std::unique_ptr<Caller> caller) {
    callers.push_back(std::move(caller));
    return {.caller = callers.back().get(),
            .client = "198.51.100.4",
            .user_agent = "test",
            .request_id = "r"};
  }
  model::PermissionSet permissions_of(const model::User& user) {
    auto transaction = *memory.begin(storage::Scope::platform(), storage::Mode::Read);
    return *detail::permissions_of(*transaction, user.tenant, user.roles);
  }

  // --- what is stored --------------------------------------------------------------------------

  template <class T>
  std::optional<T> stored(std::string_view id) {
    auto transaction = *memory.begin(storage::Scope::platform(), storage::Mode::Read);
    auto found = storage::find<T>(*transaction, id);
    EXPECT_EQ(code_of(found), "ok");
    if (!*found) return std::nullopt;
    return std::move((*found)->value);
  }
  std::uint64_t revision() {
    auto transaction = *memory.begin(storage::Scope::platform(), storage::Mode::Read);
    return *transaction->revision();
  }
  /// The newest first.
  std::vector<storage::AuditEntry> audit() {
    auto transaction = *memory.begin(storage::Scope::platform(), storage::Mode::Read);
    storage::AuditQuery query;
    query.limit = 10'000;
    return *transaction->list_audit(query);
  }
  /// `action outcome` of the newest entry.
  std::string last_told() {
    const auto entries = audit();
    return entries.empty() ? "" : entries.front().action + " " + entries.front().outcome;
  }
  std::size_t told(std::string_view action, std::string_view outcome) {
    std::size_t count = 0;
    for (const auto& entry : audit()) {
      count += entry.action == action && entry.outcome == outcome ? 1 : 0;
    }
    return count;
  }

  // --- verbs -----------------------------------------------------------------------------------

  Result<TokenPair> log_in(const std::string& name, std::string_view password = kPassword,
                           const std::string& client = "203.0.113.7") {
    return accounts.sessions.login(stranger(client),
                                   {.name = name, .password = Secret(std::string(password))});
  }
  Result<TokenPair> refresh(const Secret& token) {
    return accounts.sessions.refresh(stranger(), token);
  }

  SimulatedClock clock;
  storage::MemoryStore memory{clock};
  storage::FaultyStore store{memory};
  PasswordHasher hasher{
      {.memory_kib = 8, .passes = 1, .max_wait = std::chrono::seconds(20)}, 4, 100};
  CredentialHasher digests{Secret(std::string(32, 'k'))};
  LoginGuard guard{{}, 42, clock};
  SigningKeySet signing_keys;
  std::shared_ptr<const TokenIssuer> issuer;
  std::vector<std::unique_ptr<Caller>> callers;
  Accounts accounts{make_ports()};
};

}  // namespace apiforge::auth::accounts
