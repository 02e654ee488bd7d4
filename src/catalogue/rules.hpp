// Rules: the use cases of what bounds and watches calls, one class for each kind of it: quotas,
// circuit breakers, alert rules. Those that the configuration file declares are shown beside the
// stored ones and cannot be changed here. See ports.hpp for threads.
//
// A rule belongs to a tenant, in which it has a name: `name` of a quota and of an alert rule, and
// of a breaker rule what `breaker_rule_name` says. Callers see those of their own tenant, the
// platform sees all.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/refused.hpp"
#include "catalogue/ports.hpp"

namespace apiforge::catalogue {

template <class T>
struct StoredRule {
  T value;
  std::uint64_t revision = 0;  ///< of a declared one 0, as its times
  WallTime created_at{};
  WallTime updated_at{};
  bool declared = false;  ///< by the configuration file
};

struct RuleQuery {
  std::optional<bool> enabled{};
  std::string api{};                        ///< those that name this Api; empty: any
  std::string text{};                       ///< a part of the name, in any case
  std::optional<model::TenantId> tenant{};  ///< default: all that the caller sees
  PageQuery page{};                         ///< cursors are `tenant.name`
};

/// Reading needs quota:read, changing quota:write. `tenant` defaults to the caller's; NotFound for
/// one, and for a rule, that the caller does not see. What is wrong with a rule is InvalidBody with
/// all its faults, whose pointers go into its JSON form.
template <class T>
class Rules {
 public:
  using Stored = StoredRule<T>;

  explicit Rules(const Ports& ports) : ports_(ports) {}

  /// `rule.tenant` is not looked at: it becomes one of `tenant`. AlreadyExists; DeclaredInFile when
  /// the file has one of this name.
  Checked<Stored> create(const Actor& actor, T rule,
                         const std::optional<model::TenantId>& tenant = {}) const;
  Result<Stored> get(const Actor& actor, const std::optional<model::TenantId>& tenant,
                     std::string_view name) const;
  /// The same for whoever is about to change it: needs quota:write, and not quota:read.
  Result<Stored> get_to_change(const Actor& actor, const std::optional<model::TenantId>& tenant,
                               std::string_view name) const;
  /// In the order of tenants, then of names.
  Result<Page<Stored>> list(const Actor& actor, const RuleQuery& query) const;
  /// `rule` has the name that it replaces. DeclaredInFile, VersionConflict.
  Checked<Stored> replace(const Actor& actor, const std::optional<model::TenantId>& tenant,
                          std::string_view name, T rule, IfMatch if_match) const;
  /// DeclaredInFile, VersionConflict.
  Result<void> remove(const Actor& actor, const std::optional<model::TenantId>& tenant,
                      std::string_view name, IfMatch if_match) const;

 private:
  Result<Stored> find(const Actor& actor, model::PermissionSet permissions,
                      const std::optional<model::TenantId>& tenant, std::string_view name) const;

  const Ports& ports_;
};

}  // namespace apiforge::catalogue
