// The rules of the store and those of the configuration file, as one list in the order of ids.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "catalogue/detail/declared_rules.hpp"
#include "catalogue/detail/requests.hpp"
#include "catalogue/rule_record.hpp"
#include "catalogue/rules.hpp"

namespace apiforge::catalogue::detail {

/// A rule of the store as its readers are shown it.
template <class T>
StoredRule<T> view_of(storage::Stored<T> stored) {
  return {std::move(stored.value), stored.revision, stored.created_at, stored.updated_at};
}

/// Walks over the stored rules and those of the file, in the order of ids; where both have an id,
/// the declared one is in force.
template <class T>
class RuleWalk {
 public:
  /// Those behind the id `after` of one tenant, or of all when it is empty.
  RuleWalk(storage::Transaction& transaction, const model::Configuration& file, std::string tenant,
           std::string after)
      : transaction_(transaction) {
    query_.tenant = std::move(tenant);
    query_.after = std::move(after);
    query_.limit = kMaxPage;
    if (!query_.tenant.empty() && query_.tenant != model::kPlatformTenant) return;
    for (const T& rule : in_file(file, static_cast<const T*>(nullptr))) {
      std::string id = rule_id({model::kPlatformTenant}, rule_name(rule));
      if (id > query_.after) declared_.emplace(std::move(id), &rule);
    }
  }

  /// Until `visit(rule)` says false.
  template <class Visit>
  Result<void> run(const Visit& visit) {
    for (;;) {
      const auto records = transaction_.list(kRuleKind<T>, query_);
      if (!records) return std::unexpected(records.error());
      for (const storage::Record& record : *records) {
        if (!visit_declared_before(record.id, visit)) return {};
        if (declared_.contains(record.id)) continue;
        auto stored = rule_from_record<T>(record);
        if (!stored) continue;  // the feed has reported it
        if (!visit(view_of(*std::move(stored)))) return {};
      }
      if (records->size() < query_.limit) break;
      query_.after = records->back().id;
    }
    visit_declared_before({}, visit);
    return {};
  }

 private:
  /// All that are left when `id` is empty.
  template <class Visit>
  bool visit_declared_before(std::string_view id, const Visit& visit) {
    while (!declared_.empty() && (id.empty() || declared_.begin()->first < id)) {
      const auto first = declared_.extract(declared_.begin());
      if (!visit(StoredRule<T>{.value = *first.mapped(), .declared = true})) return false;
    }
    return true;
  }

  storage::Transaction& transaction_;
  storage::ListQuery query_;
  std::map<std::string, const T*> declared_;
};

}  // namespace apiforge::catalogue::detail
