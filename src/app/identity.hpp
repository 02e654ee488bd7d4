// Identity: the Authentication Center of a process: database, vault, keys and accounts, opened in
// order. Used by the server and by the commands; threads of the blocking pool, or the main thread
// before there are others.
#pragma once
#include <memory>
#include <string>

#include "app/settings.hpp"
#include "app/token_keys.hpp"
#include "auth/accounts/accounts.hpp"
#include "auth/audit/audit_checkpoint.hpp"
#include "storage/sql/sql_store.hpp"

namespace apiforge::app {

storage::SqlSettings sql_settings(const StorageSettings& settings);
/// Where checkpoints of the audit log are kept outside of the database.
std::string checkpoint_path(const StorageSettings& settings);
/// MASTER_KEY or MASTER_KEY_FILE; in development a file in DATA_DIR, made when there is none.
Result<auth::MasterKeys> master_keys(const Settings& settings);

class Identity {
 public:
  /// Opens the database and makes what is missing in it: schema, keys. Errors name the setting or
  /// the file. `settings` and `clock` must outlive it.
  static Result<std::unique_ptr<Identity>> open(const Settings& settings, const Clock& clock);

  /// The first administrator, from ADMIN_USERNAME and ADMIN_PASSWORD, unless there is one.
  Result<void> ensure_administrator();

  storage::Store& store() { return *store_; }
  const auth::Vault& vault() const { return vault_; }
  TokenKeys& token_keys() { return token_keys_; }
  const auth::accounts::Accounts& accounts() const { return *accounts_; }
  const std::shared_ptr<const auth::CredentialHasher>& hasher() const { return hasher_; }
  const auth::CheckpointSigner& checkpoint_signer() const { return *checkpoint_signer_; }

 private:
  Identity(const Settings& settings, const Clock& clock, std::unique_ptr<storage::SqlStore> store,
           auth::MasterKeys keys);
  Result<void> load_secrets();
  auth::accounts::Ports ports();

  const Settings& settings_;
  const Clock& clock_;
  std::unique_ptr<storage::SqlStore> store_;
  auth::Vault vault_;
  TokenKeys token_keys_;
  auth::PasswordHasher passwords_;
  auth::accounts::LoginGuard guard_;
  std::shared_ptr<const auth::CredentialHasher> hasher_;
  std::unique_ptr<auth::CheckpointSigner> checkpoint_signer_;
  std::unique_ptr<auth::accounts::Accounts> accounts_;
};

}  // namespace apiforge::app
