// CatalogueFeed: keeps what the workers call and what bounds them equal to the store. It reads what
// of the catalogue was changed since the revision it has, and publishes all of it anew. Threads of
// the blocking pool; one at a time works, the others wait. Made once by the composition root;
// store, vault and inventory must outlive it.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "auth/vault/credential_store.hpp"
#include "catalogue/inventory.hpp"
#include "model/api.hpp"

namespace apiforge::catalogue {

/// All that the store holds of the catalogue, of all tenants, in the order of ids. What did not
/// change between two of these is the same object.
struct StoredCatalogue {
  std::vector<std::shared_ptr<const model::Api>> apis;
  std::vector<std::shared_ptr<const model::Credential>> credentials;
  std::vector<std::shared_ptr<const model::Quota>> quotas;
  std::vector<std::shared_ptr<const model::BreakerRule>> breakers;
  std::vector<std::shared_ptr<const model::AlertRule>> alert_rules;  ///< with their secrets
};

class CatalogueFeed {
 public:
  /// Returns when every worker uses the given catalogue.
  using Publish = std::function<void(std::shared_ptr<const StoredCatalogue>)>;
  /// Told of each record that cannot be read or opened; it is left out until it is changed.
  using Report = std::function<void(const Error& error)>;

  CatalogueFeed(storage::Store& store, const auth::Vault& vault, Inventory& inventory,
                Publish publish, Report report);

  /// When it returns, each change that was committed before the call is in force on every worker.
  /// Called after each commit, and by a timer for the changes of other nodes. Blocks. Fails with
  /// what the store says; then the catalogue of before stays. Publishes nothing when nothing of the
  /// catalogue changed.
  Result<void> catch_up();
  /// What was published last; empty lists before.
  std::shared_ptr<const StoredCatalogue> current() const;

 private:
  struct Changes;
  Result<void> read_changes(storage::Transaction& transaction, Changes& changes);
  static void apply_apis(StoredCatalogue& next, const Changes& changes, const ApiIndex& index);
  Result<void> apply_credentials(StoredCatalogue& next, storage::Transaction& transaction,
                                 const Changes& changes);
  Result<void> apply_rules(StoredCatalogue& next, storage::Transaction& transaction,
                           const Changes& changes);
  template <class T>
  Result<void> apply_rule(std::vector<std::shared_ptr<const T>>& list,
                          storage::Transaction& transaction, const storage::Record& change);

  storage::Store& store_;
  const auth::Vault& vault_;
  const auth::CredentialStore credentials_;
  Inventory& inventory_;
  const Publish publish_;
  const Report report_;
  std::mutex working_;          ///< held while reading and publishing
  std::uint64_t revision_ = 0;  ///< up to which the store was read; under working_
  mutable std::mutex mutex_;
  std::shared_ptr<const StoredCatalogue> current_;  ///< under mutex_
};

}  // namespace apiforge::catalogue
