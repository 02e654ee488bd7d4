#include "admin/quota/alerts_endpoints.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "admin/cursor.hpp"
#include "admin/detail/quota_resources.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/rule_query.hpp"
#include "auth/accounts/change.hpp"
#include "base/in_quotes.hpp"
#include "base/text.hpp"

namespace apiforge::admin {
namespace {

using catalogue::StoredAlertRule;

/// How often a rule is read anew when another change comes between.
constexpr int kSilenceTries = 5;
constexpr char kSeparator = '#';  // is in no id

/// Where an alert stands in the list: the newest come first.
struct Place {
  std::uint64_t since = 0;  ///< nanoseconds since 1970
  std::string id;
  friend auto operator<=>(const Place&, const Place&) = default;
};

Place place_of(const quota::Alert& alert) {
  return {static_cast<std::uint64_t>(alert.since.time_since_epoch().count()), alert.id};
}

std::string cursor_at(const Place& place) {
  return make_cursor(std::to_string(place.since) + kSeparator + place.id);
}

/// Of the last alert of the page before; nullopt on the first page.
Result<std::optional<Place>> last_shown(const OperationCall& call) {
  const auto text = call.parameter("cursor");
  if (!text) return std::optional<Place>();
  const auto cursor = read_cursor(*text);
  if (!cursor) return std::unexpected(cursor.error());
  const auto separator = cursor->find(kSeparator);
  const auto since = separator == std::string::npos
                         ? std::nullopt
                         : parse_unsigned(std::string_view(*cursor).substr(0, separator));
  if (!since) {
    return fail(ErrorCode::InvalidParameter, "the cursor is not one that this list has given out");
  }
  return Place{*since, cursor->substr(separator + 1)};
}

/// Those that the caller sees and asks for, the newest first.
Result<std::vector<quota::Alert>> alerts_asked_for(const OperationCall& call) {
  const auto tenant = auth::accounts::tenant_filter(*call.actor.caller, tenant_of(call));
  if (!tenant) return std::unexpected(tenant.error());
  const auto state = call.parameter("state");
  const auto rule = call.parameter("rule");
  auto alerts = call.ports.quota.alerts();
  std::erase_if(alerts, [&](const quota::Alert& alert) {
    return (!tenant->empty() && alert.tenant.value != *tenant) ||
           (state && state_name(alert.phase) != *state) || (rule && alert.rule != *rule);
  });
  std::ranges::sort(alerts, std::greater(), place_of);
  return alerts;
}

ControlReply show_rule(const StoredAlertRule& rule) {
  return rule.declared ? reply_with(show(rule)) : reply_with(show(rule), rule.revision);
}

/// One of the configuration file: the store knows nothing of it, the log does.
Checked<StoredAlertRule> silence_declared(const OperationCall& call, StoredAlertRule rule) {
  if (!rule.value.enabled) {  // nothing looks at it that could keep quiet
    return fail(ErrorCode::DeclaredInFile, "the alert rule " + in_quotes(rule.value.name) +
                                               " is disabled in the configuration file");
  }
  const auto told = auth::accounts::change(
      call.accounts().ports, call.actor, {model::Permission::QuotaWrite},
      {.action = "alert_rule.silence",
       .target = "alert_rule:" + rule.value.name,
       .tenant = {},
       .details =
           auth::AuditDetails().fact("until", call.optional_text("until").value_or("")).text()},
      auth::accounts::change_nothing);
  if (!told) return std::unexpected(told.error());
  rule.value.silenced_until = call.optional_time("until");
  const auto done = call.ports.quota.silence(rule.value.name, rule.value.silenced_until);
  if (!done) return std::unexpected(done.error());
  return rule;
}

Checked<StoredAlertRule> silence_once(const OperationCall& call) {
  const auto& rules = call.catalogue().alert_rules;
  const auto rule = rules.get_to_change(call.actor, tenant_of(call), call.id);
  if (!rule) return std::unexpected(rule.error());
  if (rule->declared) return silence_declared(call, *rule);
  if (auto done = auth::accounts::check_version(call.if_match, rule->revision); !done) {
    return std::unexpected(std::move(done.error()));
  }
  model::AlertRule silenced = rule->value;
  silenced.silenced_until = call.optional_time("until");
  return rules.replace(call.actor, rule->value.tenant, call.id, std::move(silenced),
                       rule->revision);
}

}  // namespace

Result<ControlReply> list_alerts(const OperationCall& call) {
  const auto last = last_shown(call);
  if (!last) return std::unexpected(last.error());
  const auto alerts = alerts_asked_for(call);
  if (!alerts) return std::unexpected(alerts.error());
  boost::json::array items;
  std::string next;
  for (const quota::Alert& alert : *alerts) {
    if (*last && place_of(alert) >= **last) continue;
    if (items.size() == call.limit()) return list_reply(std::move(items), next);
    items.push_back(show(alert));
    next = cursor_at(place_of(alert));
  }
  return list_reply(std::move(items), "");
}

Result<ControlReply> list_alert_rules(const OperationCall& call) {
  const auto query = rule_query(call);
  if (!query) return std::unexpected(query.error());
  const auto rules = call.catalogue().alert_rules.list(call.actor, *query);
  if (!rules) return std::unexpected(rules.error());
  return page_reply(*rules, [](const auto& rule) { return show(rule); });
}

Checked<ControlReply> create_alert_rule(const OperationCall& call) {
  auto wanted = read_alert_rule(call.body);
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  const auto rule =
      call.catalogue().alert_rules.create(call.actor, *std::move(wanted), tenant_of(call));
  if (!rule) return std::unexpected(rule.error());
  return created(show(*rule), rule->revision, "/api/v1/quota/alerts/rules/" + rule->value.name);
}

Result<ControlReply> get_alert_rule(const OperationCall& call) {
  const auto rule = call.catalogue().alert_rules.get(call.actor, tenant_of(call), call.id);
  if (!rule) return std::unexpected(rule.error());
  return show_rule(*rule);
}

Checked<ControlReply> replace_alert_rule(const OperationCall& call) {
  auto wanted = read_alert_rule(call.body);
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  const auto rule = call.catalogue().alert_rules.replace(call.actor, tenant_of(call), call.id,
                                                         *std::move(wanted), call.if_match);
  if (!rule) return std::unexpected(rule.error());
  return show_rule(*rule);
}

Result<ControlReply> delete_alert_rule(const OperationCall& call) {
  const auto done =
      call.catalogue().alert_rules.remove(call.actor, tenant_of(call), call.id, call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

Checked<ControlReply> silence_alert_rule(const OperationCall& call) {
  const auto until = call.optional_time("until");
  if (until && *until <= call.accounts().ports.clock.wall()) {
    return refuse_body({{"/until", "must be in the future, or null to end the silence"}});
  }
  auto silenced = silence_once(call);
  // Without a precondition it is for whatever there is: another change may come between.
  for (int tries = 1; tries < kSilenceTries && !call.if_match; ++tries) {
    if (silenced || silenced.error().error.code != ErrorCode::VersionConflict) break;
    silenced = silence_once(call);
  }
  if (!silenced) return std::unexpected(std::move(silenced.error()));
  return show_rule(*silenced);
}

}  // namespace apiforge::admin
