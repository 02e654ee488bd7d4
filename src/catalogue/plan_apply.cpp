// Plan: carried out.
#include <algorithm>
#include <array>

#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "auth/audit/audit_log.hpp"
#include "auth/vault/credential_store.hpp"
#include "base/in_quotes.hpp"
#include "catalogue/api_record.hpp"
#include "catalogue/detail/rule_checks.hpp"
#include "catalogue/plan.hpp"
#include "catalogue/rule_record.hpp"
#include "model/network.hpp"
#include "model/validate.hpp"

namespace apiforge::catalogue {
namespace {

using How = PlannedChange::How;
using What = PlannedChange::What;
using auth::accounts::Deed;

constexpr std::array kAppliedKinds{storage::Kind::Api, storage::Kind::Credential,
                                   storage::Kind::Quota, storage::Kind::CircuitBreaker,
                                   storage::Kind::AlertRule};

std::unexpected<Error> changed_meanwhile() {
  return fail(ErrorCode::VersionConflict,
              "the catalogue was changed since the plan was made; make it again");
}

/// One plan on its way into the store, in one transaction.
class Application {
 public:
  Application(const Ports& ports, const Actor& actor, storage::Transaction& transaction,
              const Plan& plan, const model::Configuration& wanted)
      : ports_(ports), transaction_(transaction), plan_(plan), wanted_(wanted) {
    event_.tenant = plan.tenant.value;
    event_.actor = auth::accounts::actor_name(actor);
    event_.client = actor.client;
  }

  Checked<void> run() {
    if (auto same = check_unchanged(); !same) return std::unexpected(std::move(same.error()));
    auto faults = faults_with_others();
    if (!faults) return std::unexpected(std::move(faults.error()));
    if (!faults->empty()) return refuse_body(*std::move(faults));
    for (const PlannedChange* change : in_order()) {
      if (auto done = carry_out(*change); !done) {
        return std::unexpected(std::move(done.error()));
      }
    }
    auto too_many = faults_of_numbers();
    if (!too_many) return std::unexpected(std::move(too_many.error()));
    if (!too_many->empty()) return refuse_body(*std::move(too_many));
    return {};
  }

 private:
  /// Apis in the order of their ids, in which a database takes many of them faster.
  std::vector<const PlannedChange*> in_order() const {
    std::vector<const PlannedChange*> order;
    order.reserve(plan_.changes.size());
    for (const PlannedChange& change : plan_.changes) order.push_back(&change);
    const auto is_of_api = [](const PlannedChange* change) { return change->what == What::Api; };
    const auto first = std::ranges::find_if(order, is_of_api);
    const auto last = std::find_if_not(first, order.end(), is_of_api);
    std::ranges::sort(first, last, {}, &PlannedChange::name);
    return order;
  }

  Result<void> check_unchanged() {
    bool unchanged = true;
    const auto read = transaction_.for_each_change(
        kAppliedKinds, plan_.revision, [&](const storage::Record& record) {
          unchanged = unchanged && record.tenant != plan_.tenant.value;
        });
    if (!read && read.error().code != ErrorCode::InvalidParameter) return read;
    if (!read || !unchanged) return changed_meanwhile();
    return {};
  }

  Result<std::vector<BodyFault>> faults_with_others() {
    std::vector<BodyFault> faults;
    const auto inventory = ports_.inventory.read(transaction_);
    if (!inventory) return std::unexpected(inventory.error());
    add_faults_of_apis(*inventory, faults);
    const detail::ApiChanges changes = api_changes();
    add_faults_of_rules(*inventory, changes, What::Quota, "/quotas/", wanted_.quotas, faults);
    add_faults_of_rules(*inventory, changes, What::BreakerRule, "/circuit_breakers/",
                        wanted_.circuit_breakers, faults);
    return faults;
  }

  detail::ApiChanges api_changes() const {
    detail::ApiChanges changes;
    for (const PlannedChange& change : plan_.changes) {
      if (change.what != What::Api) continue;
      if (change.how == How::Create) changes.made.insert(change.name);
      if (change.how == How::Remove) changes.removed.insert(change.name);
    }
    return changes;
  }

  /// The Apis that they name. One that is stored and stays as it is may have outlived its Api.
  template <class T>
  void add_faults_of_rules(const Inventory::Reading& inventory, const detail::ApiChanges& changes,
                           What what, const std::string& list, const std::vector<T>& wanted,
                           std::vector<BodyFault>& faults) const {
    for (const PlannedChange& change : plan_.changes) {
      if (change.what != what || change.how == How::Remove) continue;
      const std::string pointer = list + std::to_string(change.wanted);
      for (auto& fault : detail::faults_of_subject(inventory, wanted[change.wanted], changes)) {
        faults.push_back({pointer + fault.pointer, std::move(fault.message)});
      }
    }
  }

  /// Once all is written.
  Result<std::vector<BodyFault>> faults_of_numbers() {
    std::vector<BodyFault> faults;
    auto done = add_fault_of_number<model::Quota>(What::Quota, "/quotas", faults);
    if (done) {
      done =
          add_fault_of_number<model::BreakerRule>(What::BreakerRule, "/circuit_breakers", faults);
    }
    if (done) done = add_fault_of_number<model::AlertRule>(What::AlertRule, "/alert_rules", faults);
    if (!done) return std::unexpected(std::move(done.error()));
    return faults;
  }

  template <class T>
  Result<void> add_fault_of_number(What what, std::string list, std::vector<BodyFault>& faults) {
    const bool is_written = std::ranges::any_of(plan_.changes, [&](const PlannedChange& change) {
      return change.what == what && change.how != How::Remove;
    });
    if (!is_written) return {};
    auto fault = detail::too_many<T>(transaction_, plan_.tenant);
    if (!fault) return std::unexpected(std::move(fault.error()));
    if (!fault->empty()) faults.push_back({std::move(list), *std::move(fault)});
    return {};
  }

  /// model::validate has compared the wanted Apis with each other; these are those of other
  /// tenants.
  void add_faults_of_apis(const Inventory::Reading& inventory,
                          std::vector<BodyFault>& faults) const {
    const ApiIndex& stored = inventory.stored();
    const auto is_of_others = [&](const auto& entry) {
      return entry.second.begin()->second.value->tenant != plan_.tenant;
    };
    if (std::ranges::none_of(stored.names(), is_of_others)) return;
    const auto is_foreign = [&](const std::string& name) {
      const auto found = stored.names().find(name);
      return found != stored.names().end() && is_of_others(*found);
    };
    for (const PlannedChange& change : plan_.changes) {
      if (change.what != What::Api || change.how == How::Remove) continue;
      const model::Api& api = wanted_.apis[change.wanted];
      const std::string pointer = "/apis/" + std::to_string(change.wanted);
      if (is_foreign(api.name)) {
        faults.push_back({pointer + "/name", "the name " + in_quotes(api.name) + " is taken"});
      }
      for (const model::Route& route : model::routes_of(api)) {
        const auto other = stored.other_with_route(model::match_key(route), api.name);
        if (!other || !is_foreign(*other)) continue;
        faults.push_back({pointer + "/routes",
                          "one matches the same requests as a route of " + in_quotes(*other)});
      }
    }
  }

  Result<void> carry_out(const PlannedChange& change) {
    switch (change.what) {
      case What::Api:
        return carry_out_api(change);
      case What::Credential:
        return carry_out_credential(change);
      case What::Quota:
        return carry_out_rule(change, wanted_.quotas);
      case What::BreakerRule:
        return carry_out_rule(change, wanted_.circuit_breakers);
      case What::AlertRule:
        return carry_out_rule(change, wanted_.alert_rules);
    }
    return {};
  }

  Result<void> carry_out_api(const PlannedChange& change) {
    storage::Record record;
    if (change.how != How::Remove) {
      record = to_record(wanted_.apis[change.wanted]);
      record.tenant = plan_.tenant.value;
    }
    return write(change, storage::Kind::Api, change.name, std::move(record));
  }

  template <class T>
  Result<void> carry_out_rule(const PlannedChange& change, const std::vector<T>& wanted) {
    storage::Record record;
    if (change.how != How::Remove) {
      auto made = to_record(transaction_, ports_.vault, wanted[change.wanted]);
      if (!made) return std::unexpected(std::move(made.error()));
      record = *std::move(made);
    }
    return write(change, kRuleKind<T>, rule_id(plan_.tenant, change.name), std::move(record));
  }

  /// `record` is empty when there is none afterwards.
  Result<void> write(const PlannedChange& change, storage::Kind kind, const std::string& id,
                     storage::Record record) {
    std::string before;
    if (change.how != How::Create) {
      auto stored = transaction_.find(kind, id);
      if (!stored) return std::unexpected(std::move(stored.error()));
      if (!*stored) return changed_meanwhile();
      before = std::move((*stored)->body);
    }
    record.revision = change.revision;
    Result<void> done;
    switch (change.how) {
      case How::Create:
        done = transaction_.insert(record);
        break;
      case How::Update:
        done = transaction_.update(record);
        break;
      case How::Remove:
        done = transaction_.remove(kind, id, change.revision);
        break;
    }
    if (!done) return done;
    return tell(change, auth::AuditDetails().changes(before, record.body).text());
  }

  Result<void> carry_out_credential(const PlannedChange& change) {
    const auth::CredentialStore store(ports_.vault);
    if (change.how == How::Remove) {
      auto done = store.remove(transaction_, plan_.tenant, change.name, change.revision);
      if (!done) return done;
      return tell(change, {});
    }
    const model::Credential& credential = wanted_.credentials[change.wanted];
    const auto done = change.how == How::Create
                          ? store.create(transaction_, plan_.tenant, credential)
                          : store.replace(transaction_, plan_.tenant, credential, change.revision);
    if (!done) return std::unexpected(done.error());
    return tell(change, auth::AuditDetails().fact("kind", credential.kind).text());
  }

  Result<void> tell(const PlannedChange& change, std::string details) {
    constexpr std::array<std::string_view, 3> kVerbs{"create", "update", "remove"};
    const std::string what(name_of(change.what));
    event_.action = what + "." + std::string(kVerbs[static_cast<std::size_t>(change.how)]);
    event_.target = what + ":" + change.name;
    event_.details = std::move(details);
    return auth::append_audit(transaction_, event_, ports_.accounts.clock.wall());
  }

  const Ports& ports_;
  storage::Transaction& transaction_;
  const Plan& plan_;
  const model::Configuration& wanted_;
  auth::AuditEvent event_;
};

bool is_of_rule(const PlannedChange& change) {
  return change.what != What::Api && change.what != What::Credential;
}

/// What the changes of the plan need.
model::PermissionSet permissions_for(const Plan& plan) {
  using enum model::Permission;
  const bool has_rules = std::ranges::any_of(plan.changes, is_of_rule);
  return has_rules ? model::PermissionSet{GatewayWrite, QuotaWrite}
                   : model::PermissionSet{GatewayWrite};
}

void add_faults_of_endpoints(const Ports& ports, const model::Api& api, const std::string& pointer,
                             std::vector<BodyFault>& faults) {
  for (std::size_t i = 0; i < api.upstream.endpoints.size(); ++i) {
    const auto url = model::parse_upstream_url(api.upstream.endpoints[i].url);
    if (!url || !model::parse_ip_address(url->host)) continue;
    if (auto allowed = ports.check_address(*url); !allowed) {
      faults.push_back({pointer + "/upstream/endpoints/" + std::to_string(i) + "/url",
                        std::move(allowed.error().detail)});
    }
  }
}

}  // namespace

std::vector<BodyFault> faults_of_addresses(const Ports& ports, const Plan& plan,
                                           const model::Configuration& wanted) {
  std::vector<BodyFault> faults;
  for (const PlannedChange& change : plan.changes) {
    if (change.how == How::Remove) continue;
    const std::string place = std::to_string(change.wanted);
    if (change.what == What::Api) {
      add_faults_of_endpoints(ports, wanted.apis[change.wanted], "/apis/" + place, faults);
    }
    if (change.what != What::AlertRule) continue;
    for (BodyFault& fault : detail::faults_in_itself(ports, wanted.alert_rules[change.wanted])) {
      faults.push_back({"/alert_rules/" + place + fault.pointer, std::move(fault.message)});
    }
  }
  return faults;
}

Checked<void> apply(const Ports& ports, const Actor& actor, const Plan& plan,
                    const model::Configuration& wanted) {
  if (plan.empty()) return {};
  if (auto faults = faults_of_addresses(ports, plan, wanted); !faults.empty()) {
    return refuse_body(std::move(faults));
  }
  Deed deed{.action = "catalogue.apply",
            .target = "catalogue",
            .tenant = plan.tenant.value,
            .details = auth::AuditDetails()
                           .fact("changes", static_cast<std::int64_t>(plan.changes.size()))
                           .text()};
  return auth::accounts::change_within(
      ports.accounts, actor, permissions_for(plan), storage::Scope::platform(), std::move(deed),
      [&](storage::Transaction& transaction, Deed&) -> Checked<void> {
        auto allowed = auth::accounts::tenant_for(*actor.caller, plan.tenant);
        if (!allowed) return std::unexpected(std::move(allowed.error()));
        return Application(ports, actor, transaction, plan, wanted).run();
      });
}

}  // namespace apiforge::catalogue
