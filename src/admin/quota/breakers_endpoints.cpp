#include "admin/quota/breakers_endpoints.hpp"

#include <boost/json/array.hpp>

#include "admin/detail/quota_resources.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/rule_query.hpp"
#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "base/in_quotes.hpp"
#include "model/validate.hpp"

namespace apiforge::admin {
namespace {

using catalogue::StoredBreakerRule;
using policy::Breaker;

/// How often a rule is tried to be made or replaced while others remove and make it.
constexpr int kSetTries = 5;

MonotonicTime now(const OperationCall& call) {
  return call.accounts().ports.clock.now();
}

boost::json::object show_now(const OperationCall& call, const StoredBreakerRule& rule) {
  return show(rule, call.ports.quota.breakers(), now(call));
}

ControlReply show_rule(const OperationCall& call, const StoredBreakerRule& rule) {
  auto shown = show_now(call, rule);
  return rule.declared ? reply_with(shown) : reply_with(shown, rule.revision);
}

std::string place_of(const model::BreakerRule& rule) {
  std::string place = "/api/v1/quota/circuit-breaker/" + rule.api;
  const bool of_api = rule.scope == model::BreakerScope::Api;
  place += of_api ? "?scope=api" : "?scope=endpoint";
  if (!rule.version.empty()) place += "&version=" + rule.version;
  return place;
}

std::string name_in_path(const OperationCall& call, model::BreakerScope scope) {
  return model::breaker_rule_name(call.id, call.parameter("version").value_or(""), scope);
}

/// The rule that path and parameters name: of the endpoints unless `scope` says otherwise, or that
/// of the Api when there is no other. `get` is how to look it up.
Result<StoredBreakerRule> find_rule(const OperationCall& call,
                                    decltype(&catalogue::BreakerRules::get) get) {
  using enum model::BreakerScope;
  const auto& rules = call.catalogue().breaker_rules;
  const auto scope = call.parameter("scope");
  const auto first = scope == "api" ? Api : Endpoint;
  auto rule = (rules.*get)(call.actor, tenant_of(call), name_in_path(call, first));
  if (rule || scope || rule.error().code != ErrorCode::NotFound) return rule;
  return (rules.*get)(call.actor, tenant_of(call), name_in_path(call, Api));
}

/// Those of Apis of the caller's tenant, whoever made their rule: an Api is its owner's to stop.
std::vector<quota::BreakerView> breakers_meant(const OperationCall& call) {
  const auth::Caller& caller = *call.actor.caller;
  const bool sees_all = auth::may(caller, model::Permission::PlatformManage);
  const auto version = call.parameter("version");
  const auto endpoint = call.parameter("endpoint");
  auto breakers = call.ports.quota.breakers();
  std::erase_if(breakers, [&](const quota::BreakerView& view) {
    return view.api != call.id || (!sees_all && view.tenant != caller.tenant) ||
           (version && view.version != *version) || (endpoint && view.endpoint != *endpoint);
  });
  return breakers;
}

std::string nothing_meant(const OperationCall& call) {
  std::string text = "there is no circuit breaker of the API " + in_quotes(call.id);
  if (const auto version = call.parameter("version")) {
    text += " with the version " + in_quotes(*version);
  }
  if (const auto endpoint = call.parameter("endpoint")) {
    text += " for the endpoint " + in_quotes(*endpoint);
  }
  return text;
}

/// Moves all breakers that are meant. It is in the audit log before it is done: an entry too many
/// is better than a breaker that nobody has moved.
Result<ControlReply> force(const OperationCall& call, Breaker::Order order,
                           std::string_view action) {
  const auto breakers = breakers_meant(call);
  if (breakers.empty()) {
    return fail(ErrorCode::NotFound, nothing_meant(call));
  }
  auth::AuditDetails details;
  if (const auto version = call.parameter("version")) details.fact("version", *version);
  if (const auto endpoint = call.parameter("endpoint")) details.fact("endpoint", *endpoint);
  details.fact("breakers", static_cast<std::int64_t>(breakers.size()));
  const auto told =
      auth::accounts::change(call.accounts().ports, call.actor, {model::Permission::QuotaWrite},
                             {.action = "circuit_breaker." + std::string(action),
                              .target = "api:" + call.id,
                              .tenant = {},
                              .details = details.text()},
                             auth::accounts::change_nothing);
  if (!told) return std::unexpected(told.error());
  boost::json::array shown;
  for (const quota::BreakerView& view : breakers) {
    if (const auto change = view.breaker->order(order)) {
      call.ports.quota.breaker_changed(view, *change);
    }
    shown.push_back(show(view, now(call)));
  }
  return reply_with({{"api", call.id}, {"breakers", std::move(shown)}});
}

/// The rule, and whether it is new.
struct Set {
  StoredBreakerRule rule;
  bool is_new = false;
};

Checked<Set> set_once(const OperationCall& call, const model::BreakerRule& wanted) {
  const auto& rules = call.catalogue().breaker_rules;
  if (!call.if_match) {
    auto made = rules.create(call.actor, wanted, tenant_of(call));
    if (made) return Set{*std::move(made), true};
    if (made.error().error.code != ErrorCode::AlreadyExists) {
      return std::unexpected(std::move(made.error()));
    }
  }
  const std::string name = model::breaker_rule_name(wanted.api, wanted.version, wanted.scope);
  auto replaced = rules.replace(call.actor, tenant_of(call), name, wanted, call.if_match);
  if (!replaced) return std::unexpected(std::move(replaced.error()));
  return Set{*std::move(replaced), false};
}

}  // namespace

Result<ControlReply> list_circuit_breakers(const OperationCall& call) {
  const auto query = rule_query(call);
  if (!query) return std::unexpected(query.error());
  const auto rules = call.catalogue().breaker_rules.list(call.actor, *query);
  if (!rules) return std::unexpected(rules.error());
  const auto breakers = call.ports.quota.breakers();
  return page_reply(*rules, [&](const auto& rule) { return show(rule, breakers, now(call)); });
}

Checked<ControlReply> set_circuit_breaker(const OperationCall& call) {
  const auto wanted = read_breaker_rule(call.body);
  if (!wanted) return std::unexpected(wanted.error());
  auto set = set_once(call, *wanted);
  for (int tries = 1; tries < kSetTries && !call.if_match; ++tries) {
    if (set || set.error().error.code != ErrorCode::NotFound) break;
    set = set_once(call, *wanted);
  }
  if (!set) return std::unexpected(std::move(set.error()));
  if (!set->is_new) return show_rule(call, set->rule);
  return created(show_now(call, set->rule), set->rule.revision, place_of(set->rule.value));
}

Result<ControlReply> get_circuit_breaker(const OperationCall& call) {
  const auto rule = find_rule(call, &catalogue::BreakerRules::get);
  if (!rule) return std::unexpected(rule.error());
  return show_rule(call, *rule);
}

Result<ControlReply> delete_circuit_breaker(const OperationCall& call) {
  const auto rule = find_rule(call, &catalogue::BreakerRules::get_to_change);
  if (!rule) return std::unexpected(rule.error());
  const auto done = call.catalogue().breaker_rules.remove(
      call.actor, tenant_of(call), name_in_path(call, rule->value.scope), call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

Result<ControlReply> open_circuit_breaker(const OperationCall& call) {
  return force(call, Breaker::Order::Open, "open");
}

Result<ControlReply> close_circuit_breaker(const OperationCall& call) {
  return force(call, Breaker::Order::Close, "close");
}

Result<ControlReply> reset_circuit_breaker(const OperationCall& call) {
  return force(call, Breaker::Order::Reset, "reset");
}

}  // namespace apiforge::admin
