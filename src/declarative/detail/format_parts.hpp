// The parts of the format that have tables of their own, as rows of the table of the whole document
// need them. Pure; any thread.
#pragma once
#include "declarative/api_json.hpp"
#include "declarative/cursor.hpp"
#include "model/api.hpp"

namespace boost::json {
class value;
}  // namespace boost::json

namespace apiforge::declarative::detail {

void read_apis(const Cursor& value, model::Configuration& configuration);
boost::json::value write_apis(const model::Configuration& configuration, Omit omit);

void read_quotas(const Cursor& value, model::Configuration& configuration);
boost::json::value write_quotas(const model::Configuration& configuration, Omit omit);

void read_breaker_rules(const Cursor& value, model::Configuration& configuration);
boost::json::value write_breaker_rules(const model::Configuration& configuration, Omit omit);

void read_alert_rules(const Cursor& value, model::Configuration& configuration);
boost::json::value write_alert_rules(const model::Configuration& configuration, Omit omit);

}  // namespace apiforge::declarative::detail
