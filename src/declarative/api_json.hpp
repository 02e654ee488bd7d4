// The JSON form of an Api, as the control API and the store know it: the members of the declarative
// file, by the same tables. Pure; any thread.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/problem.hpp"
#include "model/api.hpp"

namespace boost::json {
class object;
}  // namespace boost::json

namespace apiforge::declarative {

enum class Omit : std::uint8_t { Nothing, Defaults };

/// The members of the contract, in its order; not the tenant.
boost::json::object to_json(const model::Api& api, Omit omit = Omit::Nothing);

/// Reads what `to_json` writes; absent members and null have their defaults. Faults are of form
/// (types, unknown members, unknown names), not of values: those finds model::validate.
/// `${env:...}` is a text like any other.
std::expected<model::Api, std::vector<BodyFault>> api_from_json(const boost::json::object& json);

/// The members of a declarative file that a server keeps in its catalogue, as JSON: `credentials`,
/// `apis`, `quotas`, `circuit_breakers`, `alert_rules`.
std::expected<model::Configuration, std::vector<BodyFault>> configuration_from_json(
    const boost::json::object& json);

/// A declarative file that loads to this configuration (nothing of another tenant than the
/// platform's is written). Secrets, which are fields of credentials and those of alert targets,
/// must be references (`${env:...}`); any other becomes `***`.
std::string to_yaml(const model::Configuration& configuration);

}  // namespace apiforge::declarative
