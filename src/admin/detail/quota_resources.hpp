// Quotas, circuit breakers and alerts as JSON of the control API, and back. Pure; any thread.
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string_view>

#include "admin/quota/quota_ports.hpp"
#include "base/refused.hpp"
#include "catalogue/rules.hpp"

namespace apiforge::admin {

boost::json::object show(const catalogue::StoredRule<model::Quota>& quota);
/// With `***` for secrets.
boost::json::object show(const catalogue::StoredRule<model::AlertRule>& rule);
/// With those breakers among `all` that follow the rule.
boost::json::object show(const catalogue::StoredRule<model::BreakerRule>& rule,
                         std::span<const quota::BreakerView> all, MonotonicTime now);
boost::json::object show(const quota::BreakerView& breaker, MonotonicTime now);
boost::json::object show(const LimitAnswer& answer);
boost::json::object show(const quota::Alert& alert);
/// `pending`, `firing`, `resolved`.
std::string_view state_name(policy::AlertPhase phase);

/// InvalidBody for what has not the form of one.
Checked<model::Quota> read_quota(const boost::json::object& body);
Checked<model::BreakerRule> read_breaker_rule(const boost::json::object& body);
Checked<model::AlertRule> read_alert_rule(const boost::json::object& body);

/// `{totals, quotas, sheds}`: totals are those of what is given.
boost::json::object quota_statistics(const LimitsReading& reading);

}  // namespace apiforge::admin
