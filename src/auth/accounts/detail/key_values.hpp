// What the members of an API key may be. Pure but for the look at the owner's roles.
#pragma once
#include <string>
#include <vector>

#include "auth/caller.hpp"
#include "auth/credential_digest.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts::detail {

inline constexpr std::size_t kMaxListed = 100;  ///< Apis, networks

/// `*` alone, or 1..kMaxListed names of Apis. They need not exist yet. InvalidValue.
Result<void> check_apis(const std::vector<std::string>& apis);
/// At most kMaxListed networks or addresses. InvalidValue.
Result<std::vector<model::Cidr>> parse_networks(const std::vector<std::string>& networks);
/// InvalidValue unless it lies in the future.
Result<void> check_expiry(const std::optional<WallTime>& expires_at, WallTime now);
/// InvalidValue for no or an unknown scope; Forbidden unless both the caller and the owner have
/// all.
Result<model::PermissionSet> grant_scopes(storage::Transaction& transaction, const Caller& caller,
                                          const model::User& owner,
                                          const std::vector<std::string>& scopes);

/// A new secret for the key; the text is shown once. The secret before lives until `until`, any
/// older one no more.
Secret renew_secret(model::ApiKey& key, std::string_view environment,
                    const CredentialHasher& hasher, WallTime until);

}  // namespace apiforge::auth::accounts::detail
