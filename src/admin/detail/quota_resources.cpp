#include "admin/detail/quota_resources.hpp"

#include <boost/json/array.hpp>

#include "admin/detail/gateway_resources.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/request_check.hpp"
#include "base/rfc3339.hpp"
#include "declarative/quota_json.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;

/// As amounts look in a Quota.
json::value show_amount(model::LimitUnit unit, std::int64_t amount) {
  if (unit == model::LimitUnit::Usd) return json::value(model::usd_text({amount}));
  return amount;
}

std::int64_t whole_milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time).count();
}

/// Whether it was made for this rule: no other has the same Api, version and scope.
bool follows(const quota::BreakerView& view, const model::BreakerRule& rule) {
  const model::BreakerRule& own = view.breaker->rule();
  return own.tenant == rule.tenant && own.api == rule.api && own.version == rule.version &&
         own.scope == rule.scope;
}

template <class T>
json::object show_rule(const catalogue::StoredRule<T>& rule) {
  json::object object = declarative::to_json(rule.value);
  add_origin(object, rule.value.tenant, rule.declared, rule.created_at, rule.updated_at);
  return object;
}

template <class T>
Checked<T> read(std::expected<T, std::vector<BodyFault>> value) {
  if (!value) return std::unexpected(invalid_body(std::move(value.error())));
  return *std::move(value);
}

struct Totals {
  std::uint64_t admitted = 0;
  std::uint64_t refused = 0;
  std::uint64_t queued = 0;
  std::uint64_t degraded = 0;
  std::uint64_t shed = 0;
};

json::object show_limit(const LimitReading& reading) {
  json::array top;
  for (const SubjectUse& use : reading.top) {
    top.push_back({{"subject", use.subject}, {"used", show_amount(reading.limit.unit, use.used)}});
  }
  return {{"name", reading.name},
          {"tenant_id", reading.tenant.value},
          {"unit", model::name_of(reading.limit.unit)},
          {"limit", show_amount(reading.limit.unit, reading.limit.amount)},
          {"admitted", reading.admitted},
          {"refused", reading.refused},
          {"queued", reading.queued},
          {"degraded", reading.degraded},
          {"top_subjects", std::move(top)}};
}

}  // namespace

std::string_view state_name(policy::AlertPhase phase) {
  using enum policy::AlertPhase;
  if (phase == Pending) return "pending";
  return phase == Firing ? "firing" : "resolved";
}

json::object show(const catalogue::StoredRule<model::Quota>& quota) {
  return show_rule(quota);
}

json::object show(const catalogue::StoredRule<model::AlertRule>& rule) {
  return show_rule(rule);
}

json::object show(const catalogue::StoredRule<model::BreakerRule>& rule,
                  std::span<const quota::BreakerView> all, MonotonicTime now) {
  json::object object = show_rule(rule);
  json::array breakers;
  for (const quota::BreakerView& view : all) {
    if (follows(view, rule.value)) breakers.push_back(show(view, now));
  }
  object["breakers"] = std::move(breakers);
  return object;
}

json::object show(const quota::BreakerView& view, MonotonicTime now) {
  const policy::BreakerReading reading = view.breaker->read(now);
  return {{"version", view.version},
          {"endpoint", view.endpoint.empty() ? json::value() : json::value(view.endpoint)},
          {"state", policy::name_of(reading.state)},
          {"calls", reading.calls},
          {"failures", reading.failures},
          {"slow", reading.slow},
          {"probes", reading.probes},
          {"rejected", reading.rejected},
          {"times_opened", reading.times_opened},
          {"until_half_open_ms", whole_milliseconds(reading.until_half_open)}};
}

json::object show(const LimitAnswer& answer) {
  const bool none = answer.policy.empty();
  // Refused without a time: who slept for 0 ms would ask in circles.
  const bool in_vain = !answer.allowed && answer.retry_after.count() <= 0;
  return {{"allowed", answer.allowed},
          {"policy", none ? json::value() : json::value(answer.policy)},
          {"limit", none ? json::value() : show_amount(answer.unit, answer.limit)},
          {"remaining", none ? json::value() : show_amount(answer.unit, answer.remaining)},
          {"reset_after_ms", whole_milliseconds(answer.reset_after)},
          {"retry_after_ms",
           in_vain ? json::value() : json::value(whole_milliseconds(answer.retry_after))}};
}

json::object show(const quota::Alert& alert) {
  json::object group;
  for (const auto& [label, value] : alert.labels) group[label] = value;
  return {{"id", alert.id},
          {"rule", alert.rule},
          {"tenant_id", alert.tenant.value},
          {"group", std::move(group)},
          {"metric", alert.metric},
          {"severity", model::name_of(alert.severity)},
          {"state", state_name(alert.phase)},
          {"value", alert.value},
          {"threshold", alert.threshold},
          {"since", format_rfc3339(alert.since)},
          {"resolved_at", time_or_null(alert.resolved_at)},
          {"told_at", time_or_null(alert.told_at)},
          {"silenced", alert.silenced}};
}

Checked<model::Quota> read_quota(const json::object& body) {
  return read(declarative::quota_from_json(body));
}

Checked<model::BreakerRule> read_breaker_rule(const json::object& body) {
  return read(declarative::breaker_rule_from_json(body));
}

Checked<model::AlertRule> read_alert_rule(const json::object& body) {
  return read(declarative::alert_rule_from_json(body));
}

json::object quota_statistics(const LimitsReading& reading) {
  Totals totals;
  json::array quotas;
  for (const LimitReading& limit : reading.limits) {
    totals.admitted += limit.admitted;
    totals.refused += limit.refused;
    totals.queued += limit.queued;
    totals.degraded += limit.degraded;
    quotas.push_back(show_limit(limit));
  }
  json::array sheds;
  for (const ShedReading& shed : reading.sheds) {
    totals.shed += shed.calls;
    sheds.push_back({{"api", shed.api},
                     {"version", shed.version},
                     {"priority", model::name_of(shed.priority)},
                     {"calls", shed.calls}});
  }
  return {{"totals",
           {{"admitted", totals.admitted},
            {"refused", totals.refused},
            {"queued", totals.queued},
            {"degraded", totals.degraded},
            {"shed", totals.shed}}},
          {"quotas", std::move(quotas)},
          {"sheds", std::move(sheds)}};
}

}  // namespace apiforge::admin
