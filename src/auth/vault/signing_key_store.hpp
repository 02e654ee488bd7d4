// SigningKeyStore: the keys that sign access tokens, sealed in the store as Kind::SigningKey of the
// platform's tenant, so that all nodes sign and verify with the same ones. Stateless; any thread of
// the blocking pool.
#pragma once
#include "auth/signing_keys.hpp"
#include "auth/vault/vault.hpp"
#include "storage/store.hpp"

namespace apiforge::auth {

class SigningKeyStore {
 public:
  explicit SigningKeyStore(const Vault& vault) : vault_(vault) {}

  /// All keys, with their times. SealedDataUnreadable when one cannot be opened.
  Result<SigningKeySet> load(storage::Transaction& transaction) const;
  /// The keys; makes the first one of `algorithm`, which signs at once, when none of this algorithm
  /// signs at `now`. All nodes that start at the same time get the same.
  Result<SigningKeySet> load_or_create(storage::Store& store, TokenAlgorithm algorithm,
                                       WallTime now) const;
  /// Adds a key that signs after it has been published for long enough, and gives the others their
  /// end; forgets those that have reached it. The caller commits.
  Result<SigningKeySet> rotate(storage::Transaction& transaction, TokenAlgorithm algorithm,
                               WallTime now, RotationTimes times) const;

 private:
  Result<storage::Record> sealed_record(storage::Transaction& transaction,
                                        const SigningKey& key) const;

  const Vault& vault_;
};

}  // namespace apiforge::auth
