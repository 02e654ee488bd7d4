#include "model/validate.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "model/permission.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxApis = 10'000;
constexpr std::size_t kMaxRoutes = 256;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxVersionBytes = 32;
constexpr std::size_t kMaxDescriptionBytes = 1'024;
constexpr std::uint64_t kMaxBodyBytes = 1ull << 40;
constexpr milliseconds kMaxSlowThreshold{3'600'000};

void validate_name(const Place& place, std::string_view name) {
  if (is_name(name, kMaxNameBytes, "_-")) return;
  place.fault("must be 1 to 64 letters, digits, _ or -, not " + in_quotes(name));
}

void validate_access(const Place& place, const Access& access) {
  for (std::size_t i = 0; i < access.permissions.size(); ++i) {
    const auto known = parse_permissions(std::span(&access.permissions[i], 1));
    if (!known) place.member("permissions").item(i).fault(known.error().detail);
  }
}

/// One spelling of what a route matches: routes with the same key match the same requests.
std::string match_key(const Route& route) {
  std::string key;
  std::set<std::string> hosts;
  for (const auto& host : route.hosts) hosts.insert(lower_case(host));
  for (const auto& host : hosts) key += host + ",";
  key += ' ';
  std::string_view path = route.path;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  bool in_parameter = false;
  for (const char c : path) {
    if (c == '}') in_parameter = false;
    if (!in_parameter) key += c;
    if (c == '{') in_parameter = true;
  }
  key += ' ';
  const std::set<std::string> methods(route.methods.begin(), route.methods.end());
  for (const auto& method : methods) key += method + ",";
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : route.headers) headers[lower_case(name)] = value;
  for (const auto& [name, value] : headers) key += "\n" + name + ":" + value;
  return key;
}

/// Checks of Apis against each other and against what they refer to.
class References {
 public:
  References(const Configuration& configuration, const std::vector<std::string>& connectors)
      : connectors_(connectors.begin(), connectors.end()) {
    for (const auto& credential : configuration.credentials)
      credentials_.push_back(credential.name);
  }

  void check(const Place& place, const Api& api) {
    check_version(place, api);
    check_reference(place.member("connector"), "connector", api.connector, connectors_);
    if (!api.credential.empty()) {
      check_reference(place.member("credential"), "credential", api.credential, credentials_);
    }
    if (api.routes.empty()) {
      Route implied;
      implied.path = "/proxy/" + api.name;
      check_route(place.member("name"), api, implied);
    }
    for (std::size_t i = 0; i < api.routes.size(); ++i) {
      check_route(place.member("routes").item(i), api, api.routes[i]);
    }
  }

 private:
  void check_version(const Place& place, const Api& api) {
    if (!versions_.insert({api.name, api.version}).second) {
      place.member("name").fault("another API has the name " + in_quotes(api.name) +
                                 " and the version " + in_quotes(api.version));
    }
    if (api.is_default_version && !with_default_.insert(api.name).second) {
      place.member("default").fault("another version of " + in_quotes(api.name) +
                                    " is the default");
    }
  }

  static void check_reference(const Place& place, std::string_view what, std::string_view name,
                              const std::vector<std::string_view>& known) {
    if (std::ranges::find(known, name) != known.end()) return;
    place.fault("there is no " + std::string(what) + " " + in_quotes(name) +
                did_you_mean(name, known));
  }

  /// Versions of one name may share routes; two names may not, for then one is never reached.
  void check_route(const Place& place, const Api& api, const Route& route) {
    const auto [other, is_new] = routes_.emplace(match_key(route), api.name);
    if (is_new || other->second == api.name) return;
    place.fault("matches the same requests as a route of the API " + in_quotes(other->second));
  }

  std::vector<std::string_view> connectors_;
  std::vector<std::string_view> credentials_;
  std::set<std::pair<std::string, std::string>> versions_;
  std::set<std::string> with_default_;
  std::map<std::string, std::string> routes_;  // match key -> name of the Api
};

void validate_api(const Place& place, const Api& api) {
  validate_name(place.member("name"), api.name);
  if (!is_name(api.version, kMaxVersionBytes, "._-")) {
    place.member("version").fault("must be 1 to 32 letters, digits, '.', _ or -, not " +
                                  in_quotes(api.version));
  }
  if (api.description.size() > kMaxDescriptionBytes) {
    place.member("description").fault("must have at most 1024 bytes");
  }
  if (api.max_body_bytes > kMaxBodyBytes) {
    place.member("max_body_bytes").fault("must be at most " + std::to_string(kMaxBodyBytes));
  }
  if (api.slow_threshold < milliseconds(0) || api.slow_threshold > kMaxSlowThreshold) {
    place.member("slow_threshold_ms").fault("must be from 0 to 3600000");
  }
  validate_upstream(place.member("upstream"), api.upstream);
  const Place routes = place.member("routes");
  if (api.routes.size() > kMaxRoutes) routes.fault("must be at most 256 routes");
  for (std::size_t i = 0; i < api.routes.size(); ++i) validate_route(routes.item(i), api.routes[i]);
  validate_access(place.member("access"), api.access);
}

void validate_credentials(const Place& place, const std::vector<Credential>& credentials) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < credentials.size(); ++i) {
    const Place here = place.item(i);
    validate_name(here.member("name"), credentials[i].name);
    if (!names.insert(credentials[i].name).second) {
      here.member("name").fault("another credential has the name " +
                                in_quotes(credentials[i].name));
    }
    validate_credential(here, credentials[i]);
  }
}

}  // namespace

std::vector<Fault> validate(const Configuration& configuration,
                            const std::vector<std::string>& known_connectors) {
  std::vector<Fault> faults;
  const Place root("", faults);
  validate_credentials(root.member("credentials"), configuration.credentials);
  validate_token_issuers(root.member("token_issuers"), configuration.token_issuers);

  const Place apis = root.member("apis");
  if (configuration.apis.size() > kMaxApis) apis.fault("must be at most 10000 APIs");
  References references(configuration, known_connectors);
  for (std::size_t i = 0; i < configuration.apis.size(); ++i) {
    validate_api(apis.item(i), configuration.apis[i]);
    references.check(apis.item(i), configuration.apis[i]);
  }
  return faults;
}

}  // namespace apiforge::model
