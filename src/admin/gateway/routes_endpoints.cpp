#include "admin/gateway/routes_endpoints.hpp"

#include "admin/detail/gateway_resources.hpp"
#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "base/text.hpp"
#include "model/validate.hpp"

namespace apiforge::admin {
namespace {

constexpr std::uint32_t kApisAtOnce = 100;
constexpr char kRouteSeparator = '#';  // is in no name and in no version

/// Where a page begins: at a route of the first Api behind `after`.
struct RoutePlace {
  std::string after;
  std::size_t route = 0;
};

std::string cursor_at_route(const RoutePlace& place) {
  return make_cursor(place.after + kRouteSeparator + std::to_string(place.route));
}

Result<RoutePlace> place_of(const OperationCall& call) {
  const auto text = call.parameter("cursor");
  if (!text) return RoutePlace{};
  const auto cursor = read_cursor(*text);
  if (!cursor) return std::unexpected(cursor.error());
  const auto separator = cursor->find(kRouteSeparator);
  const auto route = separator == std::string::npos
                         ? std::nullopt
                         : parse_unsigned(std::string_view(*cursor).substr(separator + 1));
  if (!route) {
    return fail(ErrorCode::InvalidParameter, "the cursor is not one that this list has given out");
  }
  return RoutePlace{cursor->substr(0, separator), *route};
}

}  // namespace

Result<ControlReply> list_routes(const OperationCall& call) {
  auto place = place_of(call);
  if (!place) return std::unexpected(place.error());
  catalogue::ApiQuery query;
  query.enabled = true;  // the routes of others lead nowhere
  boost::json::array items;
  while (true) {
    query.page = {.after = place->after, .limit = kApisAtOnce};
    const auto apis = call.catalogue().apis.list(call.actor, query);
    if (!apis) return std::unexpected(apis.error());
    for (const catalogue::StoredApi& api : apis->items) {
      const auto routes = model::routes_of(api.value);
      for (; place->route < routes.size(); ++place->route) {
        if (items.size() == call.limit())
          return list_reply(std::move(items), cursor_at_route(*place));
        items.push_back(show_route(api.value, routes[place->route]));
      }
      *place = {.after = api.value.name + '@' + api.value.version, .route = 0};
    }
    if (apis->next.empty()) return list_reply(std::move(items), "");
    place->after = apis->next;
  }
}

}  // namespace apiforge::admin
