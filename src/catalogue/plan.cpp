#include "catalogue/plan.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <unordered_map>

#include "catalogue/api_record.hpp"
#include "catalogue/detail/json_difference.hpp"
#include "catalogue/detail/rule_checks.hpp"
#include "catalogue/detail/stored_lists.hpp"
#include "catalogue/rule_record.hpp"
#include "declarative/quota_json.hpp"

namespace apiforge::catalogue {
namespace {

using How = PlannedChange::How;
using What = PlannedChange::What;

constexpr std::string_view kHidden = R"("***")";

/// What was stored and has not been met among what is wanted.
template <class Stored>
using Rest = std::unordered_map<std::string, const Stored*>;

class Planner {
 public:
  Planner(storage::Transaction& transaction, const auth::Vault& vault,
          const model::Configuration& wanted, Plan& plan)
      : transaction_(transaction),
        vault_(vault),
        credentials_(vault),
        wanted_(wanted),
        plan_(plan) {}

  Result<void> run() {
    const auto apis = detail::all_records(transaction_, storage::Kind::Api, plan_.tenant);
    if (!apis) return std::unexpected(apis.error());
    const auto credentials = detail::all_credentials(credentials_, transaction_, plan_.tenant);
    if (!credentials) return std::unexpected(credentials.error());
    // What Apis use comes before them and goes after them.
    Rest<auth::MaskedCredential> unwanted_credentials;
    const model::NamedLists& named = wanted_.named;
    if (named.credentials) {
      for (const auto& stored : *credentials) unwanted_credentials.emplace(stored.name, &stored);
      if (auto done = plan_credentials(unwanted_credentials); !done) return done;
    }
    if (named.apis) plan_apis(*apis);
    Result<void> done;
    if (named.quotas) done = plan_rules(What::Quota, wanted_.quotas);
    if (done && named.circuit_breakers) {
      done = plan_rules(What::BreakerRule, wanted_.circuit_breakers);
    }
    if (done && named.alert_rules) done = plan_rules(What::AlertRule, wanted_.alert_rules);
    if (!done) return done;
    for (const auto& stored : *credentials) {
      if (unwanted_credentials.contains(stored.name)) {
        plan_.changes.push_back(
            {What::Credential, How::Remove, stored.name, stored.revision, 0, {}});
      }
    }
    return {};
  }

 private:
  Result<void> plan_credentials(Rest<auth::MaskedCredential>& rest) {
    for (std::size_t i = 0; i < wanted_.credentials.size(); ++i) {
      const model::Credential& wanted = wanted_.credentials[i];
      const auto found = rest.find(wanted.name);
      if (found == rest.end()) {
        plan_.changes.push_back({What::Credential, How::Create, wanted.name, 0, i, {}});
        continue;
      }
      const std::uint64_t revision = found->second->revision;
      rest.erase(found);
      const auto stored = credentials_.open(transaction_, plan_.tenant, wanted.name);
      if (!stored && stored.error().code == ErrorCode::StorageUnavailable) {
        return std::unexpected(stored.error());
      }
      if (stored && stored->kind == wanted.kind && stored->fields == wanted.fields) continue;
      plan_.changes.push_back({What::Credential, How::Update, wanted.name, revision, i,
                               stored ? members_of(*stored, wanted) : std::vector<MemberChange>()});
    }
    return {};
  }

  static std::vector<MemberChange> members_of(const model::Credential& before,
                                              const model::Credential& after) {
    std::vector<MemberChange> members;
    if (before.kind != after.kind) {
      members.push_back({"kind", '"' + before.kind + '"', '"' + after.kind + '"'});
    }
    for (const auto& [name, value] : before.fields) {
      const auto now = after.fields.find(name);
      if (now != after.fields.end() && now->second == value) continue;
      members.push_back({"fields." + name, std::string(kHidden),
                         now == after.fields.end() ? std::string() : std::string(kHidden)});
    }
    for (const auto& [name, value] : after.fields) {
      if (!before.fields.contains(name)) {
        members.push_back({"fields." + name, {}, std::string(kHidden)});
      }
    }
    return members;
  }

  void plan_apis(const std::vector<storage::Record>& stored) {
    Rest<storage::Record> rest;
    rest.reserve(stored.size());
    for (const auto& record : stored) rest.emplace(record.id, &record);
    for (std::size_t i = 0; i < wanted_.apis.size(); ++i) {
      std::string id = api_id(wanted_.apis[i].name, wanted_.apis[i].version);
      const auto found = rest.find(id);
      if (found == rest.end()) {
        plan_.changes.push_back({What::Api, How::Create, std::move(id), 0, i, {}});
        continue;
      }
      const storage::Record& record = *found->second;
      rest.erase(found);
      if (record.body != to_record(wanted_.apis[i]).body) plan_update(record, i);
    }
    for (const auto& record : stored) {
      if (!rest.contains(record.id)) continue;
      plan_.changes.push_back({What::Api, How::Remove, record.id, record.revision, 0, {}});
    }
  }

  /// Another text may tell the same: one that another version of the program wrote.
  void plan_update(const storage::Record& record, std::size_t place) {
    model::Api wanted = wanted_.apis[place];
    wanted.tenant = plan_.tenant;
    const auto stored = api_from_record(record);
    if (stored && stored->value == wanted) return;
    PlannedChange change{What::Api, How::Update, record.id, record.revision, place, {}};
    if (stored) {
      change.members =
          detail::difference_of(declarative::to_json(stored->value), declarative::to_json(wanted));
    }
    plan_.changes.push_back(std::move(change));
  }

  template <class T>
  Result<void> plan_rules(What what, const std::vector<T>& wanted) {
    const auto stored = detail::all_records(transaction_, kRuleKind<T>, plan_.tenant);
    if (!stored) return std::unexpected(stored.error());
    Rest<storage::Record> rest;
    for (const auto& record : *stored) rest.emplace(record.id, &record);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto found = rest.find(rule_id(plan_.tenant, rule_name(wanted[i])));
      if (found == rest.end()) {
        plan_.changes.push_back({what, How::Create, rule_name(wanted[i]), 0, i, {}});
        continue;
      }
      const storage::Record& record = *found->second;
      rest.erase(found);
      if (auto done = plan_rule_update(what, record, wanted[i], i); !done) return done;
    }
    for (const auto& record : *stored) {
      if (!rest.contains(record.id)) continue;
      std::string name = record.id.substr(plan_.tenant.value.size() + 1);
      plan_.changes.push_back({what, How::Remove, std::move(name), record.revision, 0, {}});
    }
    return {};
  }

  template <class T>
  Result<void> plan_rule_update(What what, const storage::Record& record, const T& wanted,
                                std::size_t place) {
    const auto stored = open_rule<T>(transaction_, vault_, record);
    if (!stored && stored.error().code == ErrorCode::StorageUnavailable) {
      return std::unexpected(stored.error());
    }
    if (stored && stored->value == wanted) return {};
    PlannedChange change{what, How::Update, rule_name(wanted), record.revision, place, {}};
    if (stored) {
      change.members =
          detail::difference_of(declarative::to_json(stored->value), declarative::to_json(wanted));
      add_secrets(change.members, stored->value, wanted);
    }
    plan_.changes.push_back(std::move(change));
    return {};
  }

  /// JSON forms show that there is a secret, and nothing of it.
  static void add_secrets(std::vector<MemberChange>& members, const model::AlertRule& before,
                          const model::AlertRule& after) {
    for (std::size_t i = 0; i < std::min(before.targets.size(), after.targets.size()); ++i) {
      const Secret& old = before.targets[i].secret;
      const Secret& now = after.targets[i].secret;
      if (old.empty() || now.empty() || old == now) continue;
      members.push_back({"targets[" + std::to_string(i) + "].secret", std::string(kHidden),
                         std::string(kHidden)});
    }
  }
  template <class T>
  static void add_secrets(std::vector<MemberChange>&, const T&, const T&) {}

  storage::Transaction& transaction_;
  const auth::Vault& vault_;
  const auth::CredentialStore credentials_;
  const model::Configuration& wanted_;
  Plan& plan_;
};

std::string_view sign_of(How how) {
  switch (how) {
    case How::Create:
      return "+";
    case How::Update:
      return "~";
    case How::Remove:
      return "-";
  }
  return "?";
}

std::string line_of(const MemberChange& change) {
  std::string line = "    " + change.member + ": ";
  if (change.before == kHidden && change.after == kHidden) return line + "changed\n";
  const auto shown = [](const std::string& value) {
    return value.empty() ? std::string("(none)") : value;
  };
  return line + shown(change.before) + " -> " + shown(change.after) + "\n";
}

}  // namespace

std::string_view name_of(What what) {
  constexpr std::array<std::string_view, 5> kNames{"api", "credential", "quota", "circuit_breaker",
                                                   "alert_rule"};
  return kNames[static_cast<std::size_t>(what)];
}

void give_to(const model::TenantId& tenant, model::Configuration& wanted) {
  for (auto& api : wanted.apis) api.tenant = tenant;
  for (auto& credential : wanted.credentials) credential.tenant = tenant;
  for (auto& rule : wanted.circuit_breakers) rule.tenant = tenant;
  for (auto& rule : wanted.alert_rules) rule.tenant = tenant;
  for (auto& quota : wanted.quotas) {
    quota.tenant = tenant;
    detail::adopt(quota);
  }
}

Result<Plan> make_plan(storage::Transaction& transaction, const auth::Vault& vault,
                       const model::TenantId& tenant, const model::Configuration& wanted) {
  Plan plan{.tenant = tenant};
  const auto revision = transaction.revision();
  if (!revision) return std::unexpected(revision.error());
  plan.revision = *revision;
  if (auto done = Planner(transaction, vault, wanted, plan).run(); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return plan;
}

std::string to_text(const Plan& plan) {
  if (plan.empty()) return "no changes\n";
  std::string text;
  std::array<std::size_t, 3> counts{};
  for (const PlannedChange& change : plan.changes) {
    ++counts[static_cast<std::size_t>(change.how)];
    text += sign_of(change.how);
    text += " " + std::string(name_of(change.what)) + " " + change.name + "\n";
    for (const MemberChange& member : change.members) text += line_of(member);
  }
  return text + std::to_string(counts[0]) + " to create, " + std::to_string(counts[1]) +
         " to change, " + std::to_string(counts[2]) + " to remove\n";
}

}  // namespace apiforge::catalogue
