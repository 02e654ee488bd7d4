// All that the store holds of one tenant, kind by kind. In the caller's transaction.
#pragma once
#include <vector>

#include "auth/vault/credential_store.hpp"
#include "storage/store.hpp"

namespace apiforge::catalogue::detail {

/// In the order of ids.
Result<std::vector<storage::Record>> all_records(storage::Transaction& transaction,
                                                 storage::Kind kind, const model::TenantId& tenant);

/// In the order of names.
Result<std::vector<auth::MaskedCredential>> all_credentials(const auth::CredentialStore& store,
                                                            storage::Transaction& transaction,
                                                            const model::TenantId& tenant);

}  // namespace apiforge::catalogue::detail
