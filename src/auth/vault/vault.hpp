// Vault: seals secrets for the database. Each tenant has data keys, which lie in the database
// wrapped by a master key, which does not. A sealed text opens only for its tenant and its row.
//
// Data keys are not cached: unwrapping one costs a microsecond beside the read of its record, so no
// key outlives its use, and what a rolled back transaction or another node did is never misjudged.
//
// Immutable; any thread of the blocking pool. Owned by app.
#pragma once
#include <string>
#include <string_view>

#include "auth/vault/master_keys.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "model/identity.hpp"
#include "storage/store.hpp"

namespace apiforge::auth {

/// Where a sealed text lies, as text for `row` of the functions below. It can be opened nowhere
/// else.
std::string sealed_row(storage::Kind kind, std::string_view id, std::string_view column);

class Vault {
 public:
  explicit Vault(MasterKeys keys) : master_keys_(std::move(keys)) {}

  /// Seals under the tenant's newest data key; makes the first one in this transaction, which must
  /// be a writing one, when there is none. StorageUnavailable (try again) when another process made
  /// it at the same moment.
  ///
  /// The text is `v1:<version of the data key>:<Base64 of nonce, ciphertext, tag>`; the parts
  /// before the Base64, the tenant and the row are authenticated with it.
  Result<std::string> seal(storage::Transaction& transaction, const model::TenantId& tenant,
                           std::string_view row, std::string_view plain) const;

  /// SealedDataUnreadable when the text was altered, belongs to another tenant or row, or its
  /// master key is not given; the detail says which and how to mend it.
  Result<Secret> open(storage::Transaction& transaction, const model::TenantId& tenant,
                      std::string_view row, std::string_view sealed) const;

  /// Wraps all data keys that another master key wraps with the newest one; says how many. Then the
  /// other master keys are no longer needed. All or nothing: it is the caller's transaction, of
  /// platform scope, in which the audit event goes too.
  Result<std::size_t> rotate(storage::Transaction& transaction) const;

  /// Makes a new data key, under which the tenant's secrets are sealed from now on. What older keys
  /// sealed stays readable.
  Result<void> new_data_key(storage::Transaction& transaction, const model::TenantId& tenant) const;

 private:
  struct DataKey;
  Result<DataKey> make_data_key(storage::Transaction& transaction, const model::TenantId& tenant,
                                std::uint64_t version) const;
  Result<DataKey> newest_data_key(storage::Transaction& transaction,
                                  const model::TenantId& tenant) const;
  Result<SecretKey> unwrap(const storage::Record& record) const;

  MasterKeys master_keys_;
};

}  // namespace apiforge::auth
