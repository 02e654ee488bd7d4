// Event: something that happened and that others may want to know of. The types and their members
// are documented, with the version of the schema, in docs/events.md. Values; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace apiforge::events {

/// Of the members of every event; it rises when one changes its meaning or goes.
inline constexpr int kSchemaVersion = 1;

enum class EventType : std::uint8_t {
  BreakerChanged,        ///< api, version, endpoint, from, to
  QuotaExceeded,         ///< quota, tenant, subject, limit
  LoadShed,              ///< api, version, class, calls
  EndpointChanged,       ///< api, version, endpoint, state, reason
  AlertFiring,           ///< alert, group, metric, condition, threshold, value, severity, since
  AlertResolved,         ///< the same
  ConfigurationChanged,  ///< revision
  StoreChanged,          ///< store (`redis`, `database`), state
};
/// `breaker.changed`, ...: also the topic under which it is published.
std::string_view name_of(EventType type);

/// Whose business an event tells of, as in Event::tenant: of the platform's there is no tenant.
std::string event_tenant(std::string_view tenant);

struct Event {
  EventType type = EventType::ConfigurationChanged;
  WallTime at{};
  std::string tenant{};  ///< whose business it is; empty: the platform's
  std::vector<std::pair<std::string, std::string>> members{};
};

/// The event as JSON: `{schema, id, type, at, node, tenant, data}`, always in this order; `data`
/// holds the members, all of them texts. `id` is unique for good, `node` is who tells.
std::string to_json(const Event& event, std::string_view id, std::string_view node);

}  // namespace apiforge::events
