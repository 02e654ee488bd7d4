// CredentialStore: the secrets that upstreams ask for, sealed in the store as Kind::Credential, one
// name per tenant. Stateless but for the vault it uses; any thread of the blocking pool. The caller
// checks permissions, appends the audit event and commits.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/vault/vault.hpp"
#include "model/api.hpp"

namespace apiforge::auth {

/// A credential as it may be shown.
struct MaskedCredential {
  struct Field {
    std::string name;
    std::string masked;  ///< `***`, and the last four characters of a long value
    friend bool operator==(const Field&, const Field&) = default;
  };
  std::string name;
  std::string kind;
  std::vector<Field> fields;  ///< in the order of names
  std::uint64_t revision = 0;
  WallTime created_at{};
  WallTime updated_at{};
};

class CredentialStore {
 public:
  explicit CredentialStore(const Vault& vault) : vault_(vault) {}

  /// AlreadyExists when the tenant has one of this name; InvalidValue when the name is not
  /// `[A-Za-z0-9._-]{1,64}`, or fields are missing or larger than 64 KiB together.
  Result<MaskedCredential> create(storage::Transaction& transaction, const model::TenantId& tenant,
                                  const model::Credential& credential) const;

  /// Replaces kind and fields of an existing one. `revision` is the one that was read, or nullopt
  /// for whatever there is. NotFound, VersionConflict.
  Result<MaskedCredential> replace(storage::Transaction& transaction, const model::TenantId& tenant,
                                   const model::Credential& credential,
                                   std::optional<std::uint64_t> revision) const;

  /// The plain credential, for signing. NotFound; SealedDataUnreadable.
  Result<model::Credential> open(storage::Transaction& transaction, const model::TenantId& tenant,
                                 std::string_view name) const;

  /// NotFound when there is none.
  Result<MaskedCredential> find(storage::Transaction& transaction, const model::TenantId& tenant,
                                std::string_view name) const;

  /// In the order of names, behind the name `after`; `limit` is 1..10'000. Opens nothing.
  Result<std::vector<MaskedCredential>> list(storage::Transaction& transaction,
                                             const model::TenantId& tenant, std::string_view after,
                                             std::uint32_t limit) const;

  /// NotFound, VersionConflict; `revision` as of `replace`.
  Result<void> remove(storage::Transaction& transaction, const model::TenantId& tenant,
                      std::string_view name, std::optional<std::uint64_t> revision) const;

  /// Seals all credentials of a tenant anew under its newest data key; says how many. After
  /// Vault::new_data_key.
  Result<std::size_t> reseal(storage::Transaction& transaction,
                             const model::TenantId& tenant) const;

 private:
  const Vault& vault_;
};

/// `***`, and the last four characters when the value is one line of at least 16.
std::string masked(std::string_view value);

}  // namespace apiforge::auth
