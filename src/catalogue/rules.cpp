#include "catalogue/rules.hpp"

#include <algorithm>

#include "auth/accounts/change.hpp"
#include "base/in_quotes.hpp"
#include "base/text.hpp"
#include "catalogue/alert_rules.hpp"
#include "catalogue/breaker_rules.hpp"
#include "catalogue/detail/declared_rules.hpp"
#include "catalogue/detail/requests.hpp"
#include "catalogue/detail/rule_checks.hpp"
#include "catalogue/detail/rule_walk.hpp"
#include "catalogue/quotas.hpp"
#include "catalogue/rule_record.hpp"

namespace apiforge::catalogue {
namespace {

using auth::accounts::Deed;

constexpr model::PermissionSet kReadRules{model::Permission::QuotaRead};
constexpr model::PermissionSet kWriteRules{model::Permission::QuotaWrite};

// What the kinds of rules differ in.

std::string_view api_of(const model::Quota& quota) {
  return quota.match.api;
}
std::string_view api_of(const model::BreakerRule& rule) {
  return rule.api;
}
std::string_view api_of(const model::AlertRule& rule) {
  const auto found = rule.match.find("api");
  return found == rule.match.end() ? std::string_view() : std::string_view(found->second);
}

/// Whether the rule may replace the one of this name, or the fault.
template <class T>
std::vector<BodyFault> faults_of_name(const T& rule, std::string_view name) {
  if (rule_name(rule) == name) return {};
  if constexpr (std::is_same_v<T, model::BreakerRule>) {
    return {{"/api", "must be, with version and scope, that of " + in_quotes(name) +
                         "; another rule is made by creating it"}};
  } else {
    return {{"/name", "must be " + in_quotes(name)}};
  }
}

template <class T>
std::string described(std::string_view name) {
  if constexpr (std::is_same_v<T, model::BreakerRule>) {
    constexpr std::string_view kOfApi = ":api";  // see model::breaker_rule_name
    if (!name.ends_with(kOfApi)) return "breaker rule of the API " + in_quotes(name);
    name.remove_suffix(kOfApi.size());
    return "breaker rule of the API " + in_quotes(name) + " as a whole";
  }
  constexpr bool kIsQuota = std::is_same_v<T, model::Quota>;
  return (kIsQuota ? "quota " : "alert rule ") + in_quotes(name);
}

// What they have in common.

template <class T>
Deed deed_on_rule(std::string_view verb, std::string_view name) {
  const std::string kind(storage::name_of(kRuleKind<T>));
  return {.action = kind + "." + std::string(verb),
          .target = kind + ":" + std::string(name),
          .tenant = {},
          .details = {}};
}

template <class T>
std::unexpected<Error> not_found(std::string_view name) {
  return fail(ErrorCode::NotFound, "there is no " + described<T>(name));
}

template <class T>
Result<void> check_not_declared(const Ports& ports, const model::TenantId& tenant,
                                std::string_view name) {
  if (detail::declared_rule<T>(*ports.inventory.file(), tenant, name) == nullptr) return {};
  return fail(ErrorCode::DeclaredInFile, "the " + described<T>(name) +
                                             " is declared in the configuration file; change it "
                                             "there");
}

Result<storage::Record> find_record(storage::Transaction& transaction, storage::Kind kind,
                                    const model::TenantId& tenant, std::string_view name,
                                    Error otherwise) {
  auto record = transaction.find(kind, rule_id(tenant, name));
  if (!record) return std::unexpected(std::move(record.error()));
  if (!*record) return std::unexpected(std::move(otherwise));
  return **std::move(record);
}

template <class T>
Result<storage::Record> find_record(storage::Transaction& transaction,
                                    const model::TenantId& tenant, std::string_view name) {
  return find_record(transaction, kRuleKind<T>, tenant, name, not_found<T>(name).error());
}

template <class T>
bool matches(const T& rule, const RuleQuery& query, const std::string& text) {
  if (query.enabled && rule.enabled != *query.enabled) return false;
  if (!query.api.empty() && api_of(rule) != query.api) return false;
  return text.empty() || lower_case(rule_name(rule)).find(text) != std::string::npos;
}

Result<void> check_page(const PageQuery& page) {
  if (!page.after.empty() && !page.after.contains('.')) return detail::unknown_cursor();
  return detail::check_limit(page);
}

Result<model::TenantId> tenant_to_change(const Actor& actor,
                                         const std::optional<model::TenantId>& requested) {
  if (auto allowed = auth::accounts::require_permissions(actor, kWriteRules); !allowed) {
    return std::unexpected(std::move(allowed.error()));
  }
  return auth::accounts::tenant_for(*actor.caller, requested);
}

/// Whose the rule is to be, before there is a transaction; a refusal is noted as one of the deed.
template <class T>
Result<void> give_to_tenant(const Ports& ports, const Actor& actor,
                            const std::optional<model::TenantId>& requested, Deed& deed, T& rule) {
  auto owner = tenant_to_change(actor, requested);
  if (!owner) {
    auth::accounts::tell_refusal(ports.accounts, actor, deed, owner.error());
    return std::unexpected(std::move(owner.error()));
  }
  deed.tenant = owner->value;
  rule.tenant = *std::move(owner);
  detail::adopt(rule);
  return {};
}

/// The faults that need the store: of the Api that the rule names, and of secrets to keep, which
/// then stand in `rule`.
template <class T>
Result<std::vector<BodyFault>> faults_in_place(const Ports& ports,
                                               storage::Transaction& transaction, const T* stored,
                                               T& rule) {
  auto faults = detail::keep_secrets(stored, rule);
  if (!faults.empty()) return faults;
  const auto inventory = ports.inventory.read(transaction);
  if (!inventory) return std::unexpected(inventory.error());
  return detail::faults_of_subject(*inventory, rule);
}

/// Nothing, or the refusal of a rule that was written into the transaction and is one too many.
template <class T>
Checked<void> check_number(storage::Transaction& transaction, const model::TenantId& tenant) {
  auto fault = detail::too_many<T>(transaction, tenant);
  if (!fault) return std::unexpected(std::move(fault.error()));
  if (!fault->empty()) return refuse_body({{"", *std::move(fault)}});
  return {};
}

std::string difference(std::string_view before, std::string_view after) {
  return auth::AuditDetails().changes(before, after).text();
}

}  // namespace

template <class T>
Checked<StoredRule<T>> Rules<T>::create(const Actor& actor, T rule,
                                        const std::optional<model::TenantId>& tenant) const {
  Deed deed = deed_on_rule<T>("create", rule_name(rule));
  if (auto given = give_to_tenant(ports_, actor, tenant, deed, rule); !given) {
    return std::unexpected(std::move(given.error()));
  }
  // Before the transaction: names may be resolved, which may take seconds.
  if (auto faults = detail::faults_in_itself(ports_, rule); !faults.empty()) {
    return refuse_body(std::move(faults));
  }
  return auth::accounts::change_within(
      ports_.accounts, actor, kWriteRules, storage::Scope::platform(), std::move(deed),
      [&](storage::Transaction& transaction, Deed& told) -> Checked<Stored> {
        T next = rule;
        auto done = detail::check_tenant_exists(transaction, next.tenant);
        if (done) done = check_not_declared<T>(ports_, next.tenant, rule_name(next));
        if (!done) return std::unexpected(std::move(done.error()));
        auto faults = faults_in_place<T>(ports_, transaction, nullptr, next);
        if (!faults) return std::unexpected(std::move(faults.error()));
        if (!faults->empty()) return refuse_body(*std::move(faults));
        auto record = to_record(transaction, ports_.vault, next);
        if (!record) return std::unexpected(std::move(record.error()));
        done = transaction.insert(*record);
        if (!done && done.error().code == ErrorCode::AlreadyExists) {
          return fail(ErrorCode::AlreadyExists,
                      "there is already the " + described<T>(rule_name(next)));
        }
        if (!done) return std::unexpected(std::move(done.error()));
        auto fits = check_number<T>(transaction, next.tenant);
        if (!fits) return std::unexpected(std::move(fits.error()));
        told.details = difference({}, record->body);
        return Stored{std::move(next), record->revision, record->created_at, record->updated_at};
      });
}

template <class T>
Result<StoredRule<T>> Rules<T>::get(const Actor& actor,
                                    const std::optional<model::TenantId>& tenant,
                                    std::string_view name) const {
  return find(actor, kReadRules, tenant, name);
}

template <class T>
Result<StoredRule<T>> Rules<T>::get_to_change(const Actor& actor,
                                              const std::optional<model::TenantId>& tenant,
                                              std::string_view name) const {
  return find(actor, kWriteRules, tenant, name);
}

template <class T>
Result<StoredRule<T>> Rules<T>::find(const Actor& actor, model::PermissionSet permissions,
                                     const std::optional<model::TenantId>& tenant,
                                     std::string_view name) const {
  return auth::accounts::look(
      ports_.accounts, actor, permissions, deed_on_rule<T>("read", name),
      [&](storage::Transaction& transaction) -> Result<Stored> {
        const auto owner = auth::accounts::tenant_for(*actor.caller, tenant);
        if (!owner) return std::unexpected(owner.error());
        const auto file = ports_.inventory.file();
        if (const T* declared = detail::declared_rule<T>(*file, *owner, name)) {
          return Stored{.value = *declared, .declared = true};
        }
        const auto record = find_record<T>(transaction, *owner, name);
        if (!record) return std::unexpected(record.error());
        auto stored = rule_from_record<T>(*record);
        if (!stored) return std::unexpected(std::move(stored.error()));
        return detail::view_of(*std::move(stored));
      });
}

template <class T>
Result<Page<StoredRule<T>>> Rules<T>::list(const Actor& actor, const RuleQuery& query) const {
  return auth::accounts::look(
      ports_.accounts, actor, kReadRules, deed_on_rule<T>("list", {}),
      [&](storage::Transaction& transaction) -> Result<Page<Stored>> {
        if (auto valid = check_page(query.page); !valid) {
          return std::unexpected(std::move(valid.error()));
        }
        auto tenant = auth::accounts::tenant_filter(*actor.caller, query.tenant);
        if (!tenant) return std::unexpected(std::move(tenant.error()));
        const auto file = ports_.inventory.file();
        const std::string text = lower_case(query.text);
        Page<Stored> page;
        detail::RuleWalk<T> walk(transaction, *file, *std::move(tenant), query.page.after);
        auto done = walk.run([&](Stored rule) {
          if (!matches(rule.value, query, text)) return true;
          if (page.items.size() == query.page.limit) {
            const T& last = page.items.back().value;
            page.next = rule_id(last.tenant, rule_name(last));
            return false;
          }
          page.items.push_back(std::move(rule));
          return true;
        });
        if (!done) return std::unexpected(std::move(done.error()));
        return page;
      });
}

template <class T>
Checked<StoredRule<T>> Rules<T>::replace(const Actor& actor,
                                         const std::optional<model::TenantId>& tenant,
                                         std::string_view name, T rule, IfMatch if_match) const {
  Deed deed = deed_on_rule<T>("update", name);
  if (auto given = give_to_tenant(ports_, actor, tenant, deed, rule); !given) {
    return std::unexpected(std::move(given.error()));
  }
  auto faults = faults_of_name(rule, name);
  if (faults.empty()) faults = detail::faults_in_itself(ports_, rule);
  return auth::accounts::change_within(
      ports_.accounts, actor, kWriteRules, storage::Scope::platform(), std::move(deed),
      [&](storage::Transaction& transaction, Deed& told) -> Checked<Stored> {
        T next = rule;
        // What is not there is not there, whatever is wrong with the body.
        auto done = check_not_declared<T>(ports_, next.tenant, name);
        if (!done) return std::unexpected(std::move(done.error()));
        const auto before = find_record<T>(transaction, next.tenant, name);
        if (!before) return std::unexpected(before.error());
        done = auth::accounts::check_version(if_match, before->revision);
        if (!done) return std::unexpected(std::move(done.error()));
        if (!faults.empty()) return refuse_body(faults);
        // One that cannot be read can be replaced, but keeps nothing.
        const auto stored = open_rule<T>(transaction, ports_.vault, *before);
        auto in_place =
            faults_in_place<T>(ports_, transaction, stored ? &stored->value : nullptr, next);
        if (!in_place) return std::unexpected(std::move(in_place.error()));
        if (!in_place->empty()) return refuse_body(*std::move(in_place));
        auto record = to_record(transaction, ports_.vault, next);
        if (!record) return std::unexpected(std::move(record.error()));
        record->revision = before->revision;
        record->created_at = before->created_at;
        done = transaction.update(*record);
        if (!done) return std::unexpected(std::move(done.error()));
        auto fits = check_number<T>(transaction, next.tenant);
        if (!fits) return std::unexpected(std::move(fits.error()));
        told.details = difference(before->body, record->body);
        return Stored{std::move(next), record->revision, record->created_at, record->updated_at};
      });
}

template <class T>
Result<void> Rules<T>::remove(const Actor& actor, const std::optional<model::TenantId>& tenant,
                              std::string_view name, IfMatch if_match) const {
  return auth::accounts::change(
      ports_.accounts, actor, kWriteRules, deed_on_rule<T>("remove", name),
      [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
        auto owner = auth::accounts::tenant_for(*actor.caller, tenant);
        if (!owner) return std::unexpected(std::move(owner.error()));
        told.tenant = owner->value;
        auto done = check_not_declared<T>(ports_, *owner, name);
        if (!done) return done;
        const auto record = find_record<T>(transaction, *owner, name);
        if (!record) return std::unexpected(record.error());
        done = auth::accounts::check_version(if_match, record->revision);
        if (!done) return done;
        told.details = difference(record->body, {});
        return transaction.remove(kRuleKind<T>, record->id, record->revision);
      });
}

template class Rules<model::Quota>;
template class Rules<model::BreakerRule>;
template class Rules<model::AlertRule>;

}  // namespace apiforge::catalogue
