// SystemSecrets: random keys that the gateway needs for itself (the key of credential digests, of
// the audit log's signatures, of access tokens), made once for all nodes and kept sealed in the
// store as Kind::SigningKey of the platform's tenant. Stateless; any thread of the blocking pool.
#pragma once
#include <string_view>

#include "auth/vault/vault.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "storage/store.hpp"

namespace apiforge::auth {

class SystemSecrets {
 public:
  static constexpr std::size_t kMaximumBytes = 64;

  /// The secret of this name (`[a-z0-9-]{1,64}`), `bytes` long (16..kMaximumBytes); made when there
  /// is none. All processes that start at the same time get the same. SealedDataUnreadable when the
  /// stored one cannot be opened or has another length: it is never replaced.
  static Result<Secret> get_or_create(storage::Store& store, const Vault& vault,
                                      std::string_view name, std::size_t bytes);
};

}  // namespace apiforge::auth
