// Validation of a Configuration or of one of its parts, independent of where it was read from.
// Pure; any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"
#include "model/api.hpp"

namespace apiforge::model {

/// One fault. `pointer` goes into the configuration, for example
/// `/apis/3/upstream/endpoints/0/url`; `message` says what is wrong and what is allowed.
using Fault = BodyFault;

/// All faults, not only the first; empty when the configuration is sound. Checked are names,
/// ranges, URLs, duplicates, references to credentials and to Apis, routes, that a credential has
/// its fields, that it is clear what the tokens of an issuer are worth, and that limits mean
/// something. `known_connectors` are the connector names of this build.
std::vector<Fault> validate(const Configuration& configuration,
                            const std::vector<std::string>& known_connectors);

/// Whether there is the Api, or if `version` is not empty that version of it.
using HasApi = std::function<bool(std::string_view api, std::string_view version)>;

/// The quotas and breaker rules that name an Api which is not there, with pointers as of
/// `validate`. Such rules hold for nothing, and are no faults of a document alone: the Api may be
/// stored, or come later.
std::vector<Fault> rules_of_no_api(const Configuration& configuration, const HasApi& has_api);

/// The faults of one Api in itself, with pointers into it (`/upstream/endpoints/0/url`): all but
/// those of its neighbourhood, which are duplicates, routes of others, and what it refers to.
std::vector<Fault> validate_api(const Api& api, const std::vector<std::string>& known_connectors);

/// The faults of one credential in itself, with pointers into it (`/fields/secret`). No value of a
/// field is told.
std::vector<Fault> validate_credential(const Credential& credential);

/// The faults of one rule in itself, with pointers into it (`/limit/amount`): all but duplicates,
/// and that the Api that it names exists.
std::vector<Fault> validate_quota(const Quota& quota);
std::vector<Fault> validate_breaker_rule(const BreakerRule& rule);
std::vector<Fault> validate_alert_rule(const AlertRule& rule);

/// What the breaker rules of a tenant are told apart by: `binance@v3`, or `binance` for all
/// versions; with `:api` behind it when the scope is the Api.
std::string breaker_rule_name(std::string_view api, std::string_view version, BreakerScope scope);

/// The routes of an Api, with the one that is implied when it names none.
std::vector<Route> routes_of(const Api& api);

/// One spelling of what a route matches: routes with the same key match the same requests. Versions
/// of one name may share routes; two names may not, for then one is never reached.
std::string match_key(const Route& route);

}  // namespace apiforge::model
