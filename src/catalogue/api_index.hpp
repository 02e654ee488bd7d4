// ApiIndex: Apis by name, and what they take and lead to: routes, credentials, other Apis. A value
// for one thread at a time.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "model/api.hpp"

namespace apiforge::catalogue {

struct IndexedApi {
  std::shared_ptr<const model::Api> value;
  std::uint64_t revision = 0;
  WallTime created_at{};
  WallTime updated_at{};
};

/// `name@version`: the id of an Api's record.
std::string api_id(std::string_view name, std::string_view version);
struct ApiIdParts {
  std::string_view name;
  std::string_view version;
};
/// Nothing for what is no such id.
std::optional<ApiIdParts> parse_api_id(std::string_view id);

class ApiIndex {
 public:
  using Versions = std::map<std::string, IndexedApi, std::less<>>;
  using Names = std::map<std::string, Versions, std::less<>>;

  /// Replaces the one of the same name and version.
  void put(IndexedApi api);
  void remove(std::string_view name, std::string_view version);

  const Names& names() const { return names_; }
  /// Null when there is none.
  const Versions* versions_of(std::string_view name) const;
  const IndexedApi* find(std::string_view name, std::string_view version) const;

  /// The name of an Api other than `name` with a route of this key (see model::match_key).
  std::optional<std::string> other_with_route(std::string_view key, std::string_view name) const;
  /// The id of an Api that signs with a credential of its tenant.
  std::optional<std::string> user_of_credential(const model::TenantId& tenant,
                                                std::string_view credential) const;
  /// The ids of the Apis whose mirror or fallback leads to an Api of this name.
  std::vector<std::string> leading_to(std::string_view name) const;

 private:
  /// What is taken or led to, with who does.
  using Relation = std::multiset<std::pair<std::string, std::string>>;
  /// Calls `act(relation, what, who)` for all that the Api takes or leads to.
  template <class Act>
  void for_each_relation(const model::Api& api, const Act& act);

  Names names_;
  Relation routes_;       ///< route key, name
  Relation credentials_;  ///< tenant and credential, id
  Relation targets_;      ///< name, id
};

}  // namespace apiforge::catalogue
