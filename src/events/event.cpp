#include "events/event.hpp"

#include <array>

#include "base/problem.hpp"
#include "base/rfc3339.hpp"
#include "model/identity.hpp"

namespace apiforge::events {
namespace {

constexpr std::array<std::string_view, 8> kNames{
    "breaker.changed", "quota.exceeded",        "load.shed",    "endpoint.changed", "alert.firing",
    "alert.resolved",  "configuration.changed", "store.changed"};

/// `"name":"value"`, with a comma before all but the first of an object.
void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += out.ends_with('{') ? "\"" : ",\"";
  append_json_text(out, name);
  out += "\":\"";
  append_json_text(out, value);
  out += '"';
}

}  // namespace

std::string_view name_of(EventType type) {
  return kNames[static_cast<std::size_t>(type)];
}

std::string event_tenant(std::string_view tenant) {
  return std::string(tenant == model::kPlatformTenant ? std::string_view() : tenant);
}

std::string to_json(const Event& event, std::string_view id, std::string_view node) {
  std::string out = "{\"schema\":" + std::to_string(kSchemaVersion);
  append_member(out, "id", id);
  append_member(out, "type", name_of(event.type));
  append_member(out, "at", format_rfc3339(event.at));
  append_member(out, "node", node);
  append_member(out, "tenant", event.tenant);
  out += ",\"data\":{";
  for (const auto& [name, value] : event.members) append_member(out, name, value);
  out += "}}";
  return out;
}

}  // namespace apiforge::events
