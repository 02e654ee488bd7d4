#include "app/identity.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "auth/accounts/bootstrap.hpp"
#include "auth/vault/system_secrets.hpp"
#include "base/random.hpp"

namespace apiforge::app {
namespace {

/// Threads of the blocking pool, each of which may hold a connection.
constexpr unsigned kConnections = 8;
/// Callers that may wait for a password to be hashed; fewer than the pool has threads, so that
/// logins alone never take all of them.
constexpr unsigned kMaxWaitingForHash = 4;

unsigned processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

/// Marks a key so that its bearer sees where it belongs.
std::string key_environment(Environment environment) {
  switch (environment) {
    case Environment::Development:
      return "dev";
    case Environment::Staging:
      return "test";
    default:
      return "live";
  }
}

}  // namespace

storage::SqlSettings sql_settings(const StorageSettings& settings) {
  return {.url = Secret(settings.database_url),
          .data_dir = settings.data_dir,
          .connections = kConnections};
}

std::string checkpoint_path(const StorageSettings& settings) {
  return settings.data_dir + "/audit-checkpoints.log";
}

Result<auth::MasterKeys> master_keys(const Settings& settings) {
  const StorageSettings& storage = settings.storage;
  if (!storage.master_key.empty()) return auth::MasterKeys::parse(storage.master_key.reveal());
  const auto privacy = settings.process.environment == Environment::Production
                           ? auth::MasterKeys::Privacy::Required
                           : auth::MasterKeys::Privacy::Advised;
  if (!storage.master_key_file.empty()) {
    return auth::MasterKeys::read_file(storage.master_key_file, privacy);
  }
  std::error_code ignored;  // the file says what is wrong
  std::filesystem::create_directories(storage.data_dir, ignored);
  const std::string path = storage.data_dir + "/master.key";
  const auto made = auth::MasterKeys::generate_file(path);
  if (!made && made.error().code != ErrorCode::AlreadyExists) {
    return std::unexpected(made.error());
  }
  return auth::MasterKeys::read_file(path, privacy);
}

Result<std::unique_ptr<Identity>> Identity::open(const Settings& settings, const Clock& clock) {
  auto keys = master_keys(settings);
  if (!keys) return std::unexpected(keys.error());
  auto store = storage::SqlStore::open(sql_settings(settings.storage), clock);
  if (!store) return std::unexpected(store.error());
  std::unique_ptr<Identity> identity(
      new Identity(settings, clock, *std::move(store), *std::move(keys)));
  if (auto loaded = identity->load_secrets(); !loaded) return std::unexpected(loaded.error());
  return identity;
}

Identity::Identity(const Settings& settings, const Clock& clock,
                   std::unique_ptr<storage::SqlStore> store, auth::MasterKeys keys)
    : settings_(settings),
      clock_(clock),
      store_(std::move(store)),
      vault_(std::move(keys)),
      token_keys_(settings.tokens, *store_, vault_, clock),
      passwords_({}, processors(), kMaxWaitingForHash),
      guard_({}, system_seed(), clock) {}

Result<void> Identity::load_secrets() {
  auto digest_key = auth::SystemSecrets::get_or_create(*store_, vault_, "credential-digest", 32);
  if (!digest_key) return std::unexpected(digest_key.error());
  hasher_ = std::make_shared<const auth::CredentialHasher>(*digest_key);
  auto seed = auth::SystemSecrets::get_or_create(*store_, vault_, "audit-signing",
                                                 auth::CheckpointSigner::kSeedBytes);
  if (!seed) return std::unexpected(seed.error());
  checkpoint_signer_ = std::make_unique<auth::CheckpointSigner>(*seed);
  if (auto refreshed = token_keys_.refresh(); !refreshed) {
    return std::unexpected(refreshed.error());
  }
  accounts_ = std::make_unique<auth::accounts::Accounts>(ports());
  return {};
}

auth::accounts::Ports Identity::ports() {
  const AccountsSettings& accounts = settings_.accounts;
  using auth::accounts::RegistrationMode;
  auth::accounts::AccountSettings policy;
  policy.registration = accounts.registration == RegistrationPolicy::Open
                            ? RegistrationMode::Open
                            : RegistrationMode::Closed;
  policy.key_environment = key_environment(settings_.process.environment);
  policy.access_lifetime = settings_.tokens.lifetime;
  policy.session_lifetime = accounts.session_lifetime;
  policy.refresh_lifetime = accounts.session_idle_lifetime;
  return {.store = *store_,
          .passwords = passwords_,
          .token_issuer = [this] { return token_keys_.issuer(); },
          .credentials = *hasher_,
          .clock = clock_,
          .guard = guard_,
          .settings = std::move(policy)};
}

Result<void> Identity::ensure_administrator() {
  const AccountsSettings& accounts = settings_.accounts;
  if (accounts.admin_username.empty()) return {};
  const auto exists = auth::accounts::has_administrator(*store_);
  if (!exists) return std::unexpected(exists.error());
  if (*exists) return {};
  const auto made = auth::accounts::create_administrator(
      accounts_->ports, "system",
      {.username = accounts.admin_username, .email = {}, .password = accounts.admin_password});
  if (!made) return std::unexpected(made.error());
  return {};
}

}  // namespace apiforge::app
