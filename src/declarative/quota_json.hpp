// The JSON forms of quotas, breaker rules and alert rules, as the control API and the store know
// them: the members of the declarative file, by the same tables. Pure; any thread.
#pragma once
#include <expected>
#include <vector>

#include "declarative/api_json.hpp"

namespace apiforge::declarative {

/// The members of the contract, in its order; not the tenant. Of `match` and `limit` only what is
/// set. Amounts in USD are decimal texts, all others whole numbers.
boost::json::object to_json(const model::Quota& quota, Omit omit = Omit::Nothing);
boost::json::object to_json(const model::BreakerRule& rule, Omit omit = Omit::Nothing);
/// The secret of a target is `***`, or null when there is none.
boost::json::object to_json(const model::AlertRule& rule, Omit omit = Omit::Nothing);

/// These read what `to_json` writes (`***` is a secret like any other); absent members and null
/// have their defaults. Faults are of form: those of values finds model::validate_quota and so on.
std::expected<model::Quota, std::vector<BodyFault>> quota_from_json(
    const boost::json::object& json);
/// `minimum_calls` that is absent is at most the size of a window of calls.
std::expected<model::BreakerRule, std::vector<BodyFault>> breaker_rule_from_json(
    const boost::json::object& json);
std::expected<model::AlertRule, std::vector<BodyFault>> alert_rule_from_json(
    const boost::json::object& json);

}  // namespace apiforge::declarative
