#include "auth/accounts/detail/key_values.hpp"

#include <algorithm>

#include "auth/accounts/detail/grants.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/api_key_text.hpp"
#include "base/in_quotes.hpp"

namespace apiforge::auth::accounts::detail {
namespace {

constexpr std::size_t kLiveSecrets = 2;

}  // namespace

Result<void> check_apis(const std::vector<std::string>& apis) {
  if (apis.empty() || apis.size() > kMaxListed) {
    return fail(ErrorCode::InvalidValue, "apis are 1 to 100 names, or * for all");
  }
  for (const std::string& api : apis) {
    if (api == "*" && apis.size() > 1) {
      return fail(ErrorCode::InvalidValue, "* stands for all Apis and so stands alone");
    }
    if (auto valid = check_name("an Api", api); !valid) return valid;
  }
  return {};
}

Result<std::vector<model::Cidr>> parse_networks(const std::vector<std::string>& networks) {
  if (networks.size() > kMaxListed) {
    return fail(ErrorCode::InvalidValue, "at most 100 networks may be listed");
  }
  std::vector<model::Cidr> parsed;
  for (const std::string& network : networks) {
    auto cidr = model::parse_cidr(network);
    if (!cidr) return std::unexpected(std::move(cidr.error()));
    parsed.push_back(*cidr);
  }
  return parsed;
}

Result<void> check_expiry(const std::optional<WallTime>& expires_at, WallTime now) {
  if (!expires_at || *expires_at > now) return {};
  return fail(ErrorCode::InvalidValue, "the time of expiry has passed already");
}

Result<model::PermissionSet> grant_scopes(storage::Transaction& transaction, const Caller& caller,
                                          const model::User& owner,
                                          const std::vector<std::string>& scopes) {
  auto granted = model::parse_permissions(scopes);
  if (!granted) return granted;
  if (granted->empty()) {
    return fail(ErrorCode::InvalidValue,
                "name at least one scope, for example gateway:call; without one a key may nothing");
  }
  if (auto allowed = require_power_over(caller, *granted); !allowed) {
    return std::unexpected(std::move(allowed.error()));
  }
  auto permissions = permissions_of(transaction, owner.tenant, owner.roles);
  if (!permissions) return permissions;
  if (!permissions->includes(*granted)) {
    return fail(ErrorCode::Forbidden,
                "the owner of the key does not have all of these permissions");
  }
  return granted;
}

Secret renew_secret(model::ApiKey& key, std::string_view environment,
                    const CredentialHasher& hasher, WallTime until) {
  NewApiKey made = make_api_key(environment, key.id);
  const CredentialDigest digest = hasher.digest(made.text.reveal());
  model::ApiKeySecret secret{.digest = std::string(digest.begin(), digest.end()),
                             .last4 = std::move(made.last4),
                             .until = {}};
  if (!key.secrets.empty()) {
    auto& replaced = key.secrets.front();
    replaced.until = std::min(replaced.until.value_or(until), until);
  }
  key.secrets.insert(key.secrets.begin(), std::move(secret));
  if (key.secrets.size() > kLiveSecrets) key.secrets.resize(kLiveSecrets);
  return std::move(made.text);
}

}  // namespace apiforge::auth::accounts::detail
