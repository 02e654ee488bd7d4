// API keys: made, listed, changed, rotated and removed by their owner, or with auth:manage by
// others of the tenant. See ports.hpp for threads.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "auth/accounts/ports.hpp"
#include "base/secret.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

inline constexpr std::chrono::milliseconds kMaxKeyOverlap{std::chrono::days(7)};

struct NewApiKeyRequest {
  std::string name{};                        ///< 1..64 bytes of UTF-8
  std::vector<std::string> scopes{};         ///< names of permissions that the owner has
  std::vector<std::string> apis = {"*"};     ///< 1..100 names of Apis, or `*`
  std::vector<std::string> allowed_cidrs{};  ///< at most 100; empty: from anywhere
  std::optional<WallTime> expires_at{};      ///< in the future; nullopt: never
  std::optional<model::UserId> owner{};      ///< default: the caller; another needs auth:manage
};

struct ApiKeyPatch {
  std::optional<std::string> name{};
  std::optional<std::vector<std::string>> scopes{};
  std::optional<std::vector<std::string>> apis{};
  std::optional<std::vector<std::string>> allowed_cidrs{};
  std::optional<std::optional<WallTime>> expires_at{};  ///< an inner nullopt: never
};

struct ApiKeyView {
  storage::Stored<model::ApiKey> key;
  std::optional<WallTime> last_used_at{};
};

struct ApiKeyWithText {
  ApiKeyView view;
  Secret text{};  ///< shown this once
};

struct ApiKeyQuery {
  Whose whose = Whose::Own;
  std::optional<model::TenantId> tenant{};  ///< with Everyone
  std::optional<model::UserId> user{};      ///< with Everyone
  PageQuery page{};
};

/// NotFound for keys of others without auth:manage, and of other tenants. An API key may call
/// these only with the scope auth:manage, and never gives a key more than it has itself.
class ApiKeys {
 public:
  explicit ApiKeys(const Ports& ports) : ports_(ports) {}

  /// Forbidden when a scope is not among the permissions of the owner and of the caller.
  Result<ApiKeyWithText> create(const Actor& actor, const NewApiKeyRequest& request) const;
  Result<ApiKeyView> get(const Actor& actor, const model::ApiKeyId& id) const;
  Result<Page<ApiKeyView>> list(const Actor& actor, const ApiKeyQuery& query) const;
  Result<ApiKeyView> patch(const Actor& actor, const model::ApiKeyId& id, const ApiKeyPatch& patch,
                           IfMatch if_match) const;
  Result<void> remove(const Actor& actor, const model::ApiKeyId& id, IfMatch if_match) const;
  /// A new text for the key; the one before works for another 0..kMaxKeyOverlap, and any older one
  /// no more.
  Result<ApiKeyWithText> rotate(const Actor& actor, const model::ApiKeyId& id,
                                std::chrono::milliseconds overlap, IfMatch if_match) const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::auth::accounts
