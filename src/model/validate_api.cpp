#include <algorithm>
#include <span>

#include "base/nearest_name.hpp"
#include "model/bounds.hpp"
#include "model/permission.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxRoutes = 256;
constexpr std::size_t kMaxDescriptionBytes = 1'024;
constexpr std::size_t kMaxDocumentBytes = 4 << 20;

constexpr Bounds<Api> kApiBounds[] = {
    {"traffic_weight", [](const Api& api) { return std::int64_t{api.traffic_weight}; }, 0, 1'000},
    {"max_body_bytes", [](const Api& api) { return number_of(api.max_body_bytes); }, 0, 1ll << 40},
    {"slow_threshold_ms", [](const Api& api) { return api.slow_threshold.count(); }, 0, 3'600'000},
};

void validate_identity(const Place& place, const Api& api) {
  if (!is_api_name(api.name)) {
    place.member("name").fault("must be 1 to 64 letters, digits, _ or -, not " +
                               in_quotes(api.name));
  }
  if (!is_version(api.version)) {
    place.member("version").fault("must be 1 to 32 letters, digits, '.', _ or -, not " +
                                  in_quotes(api.version));
  }
  if (api.description.size() > kMaxDescriptionBytes) {
    place.member("description").fault("must have at most 1024 bytes");
  }
}

void validate_access(const Place& place, const Access& access) {
  for (std::size_t i = 0; i < access.permissions.size(); ++i) {
    const auto known = parse_permissions(std::span(&access.permissions[i], 1));
    if (!known) place.member("permissions").item(i).fault(known.error().detail);
  }
}

/// Routes of tenants do not leave the place that their Api's name gives them: any other could take
/// the calls of another tenant.
bool is_in_own_place(const Api& api, std::string_view path) {
  const std::string place = "/proxy/" + api.name;
  return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

void validate_routes(const Place& place, const Api& api) {
  if (api.routes.size() > kMaxRoutes) place.fault("must be at most 256 routes");
  for (std::size_t i = 0; i < api.routes.size(); ++i) {
    const Route& route = api.routes[i];
    validate_route(place.item(i), route);
    if (api.tenant.value != kPlatformTenant && !is_in_own_place(api, route.path)) {
      place.item(i).member("path").fault("must be /proxy/" + api.name + " or a path below it");
    }
  }
}

void validate_connector(const Place& place, std::string_view connector,
                        const std::vector<std::string>& known) {
  if (std::ranges::find(known, connector) != known.end()) return;
  const std::vector<std::string_view> names(known.begin(), known.end());
  place.fault("there is no connector " + in_quotes(connector) + did_you_mean(connector, names));
}

void validate_validation(const Place& place, const Validation& validation) {
  if (validation.document.size() > kMaxDocumentBytes) {
    place.member("document").fault("must have at most 4 MiB");
  }
  if (validation.enforce && validation.empty()) {
    place.member("document").fault("is required where it is enforced");
  }
}

}  // namespace

void validate_api(const Place& place, const Api& api,
                  const std::vector<std::string>& known_connectors) {
  validate_identity(place, api);
  validate_bounds(place, api, kApiBounds);
  validate_connector(place.member("connector"), api.connector, known_connectors);
  validate_upstream(place.member("upstream"), api.upstream);
  validate_routes(place.member("routes"), api);
  validate_access(place.member("access"), api.access);
  validate_transformation(place.member("transform"), api.transform);
  if (api.cache) validate_cache(place.member("cache"), *api.cache);
  validate_error_replies(place.member("error_replies"), api.error_replies);
  validate_fallbacks(place.member("fallback"), api);
  validate_call_rules(place.member("call_rules"), api.call_rules);
  validate_mirror(place.member("mirror"), api);
  validate_deprecation(place.member("deprecation"), api.deprecation);
  validate_validation(place.member("validation"), api.validation);
}

std::vector<Fault> validate_api(const Api& api, const std::vector<std::string>& known_connectors) {
  std::vector<Fault> faults;
  validate_api(Place("", faults), api, known_connectors);
  return faults;
}

std::vector<Fault> validate_credential(const Credential& credential) {
  std::vector<Fault> faults;
  const Place place("", faults);
  if (!is_api_name(credential.name)) {
    place.member("name").fault("must be 1 to 64 letters, digits, _ or -, not " +
                               in_quotes(credential.name));
  }
  validate_credential(place, credential);
  return faults;
}

std::vector<Route> routes_of(const Api& api) {
  if (!api.routes.empty()) return api.routes;
  Route implied;
  implied.path = "/proxy/" + api.name;
  return {implied};
}

}  // namespace apiforge::model
