#include "model/validate.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxApis = 50'000;
constexpr std::size_t kMaxRules = 10'000;  ///< of each kind

/// Checks of Apis against each other and against what they refer to.
class References {
 public:
  explicit References(const Configuration& configuration) {
    for (const auto& credential : configuration.credentials) {
      credentials_.insert({credential.tenant.value, credential.name});
    }
    for (const auto& api : configuration.apis) versions_[api.name].insert(api.version);
  }

  void check(const Place& place, const Api& api) {
    check_version(place, api);
    if (!api.credential.empty()) check_credential(place.member("credential"), api);
    if (api.mirror) check_api(place.member("mirror"), "name", api.name, api.mirror->version);
    for (std::size_t i = 0; i < api.fallback.size(); ++i) {
      const Fallback& step = api.fallback[i];
      if (step.kind != FallbackKind::Api) continue;
      check_api(place.member("fallback").item(i), "api", step.api, step.version);
    }
    const std::vector<Route> routes = routes_of(api);
    for (std::size_t i = 0; i < routes.size(); ++i) {
      check_route(api.routes.empty() ? place.member("name") : place.member("routes").item(i), api,
                  routes[i]);
    }
  }

 private:
  using Names = std::set<std::pair<std::string_view, std::string_view>>;

  void check_version(const Place& place, const Api& api) {
    if (!seen_.insert({api.name, api.version}).second) {
      place.member("name").fault("another API has the name " + in_quotes(api.name) +
                                 " and the version " + in_quotes(api.version));
    }
    if (api.is_default_version && !with_default_.insert(api.name).second) {
      place.member("default").fault("another version of " + in_quotes(api.name) +
                                    " is the default");
    }
  }

  void check_credential(const Place& place, const Api& api) {
    if (credentials_.contains({api.tenant.value, api.credential})) return;
    std::vector<std::string_view> names;
    for (const auto& [tenant, name] : credentials_) {
      if (tenant == api.tenant.value) names.push_back(name);
    }
    place.fault("there is no credential " + in_quotes(api.credential) +
                did_you_mean(api.credential, names));
  }

  /// That there is the Api, or if `version` is not empty that version of it.
  void check_api(const Place& place, std::string_view name_member, const std::string& name,
                 const std::string& version) {
    if (!is_api_name(name)) return;  // is a fault already
    const auto found = versions_.find(name);
    if (found == versions_.end()) {
      place.member(name_member).fault("there is no API " + in_quotes(name));
    } else if (!version.empty() && is_version(version) && !found->second.contains(version)) {
      place.member("version").fault("the API " + in_quotes(name) + " has no version " +
                                    in_quotes(version));
    }
  }

  void check_route(const Place& place, const Api& api, const Route& route) {
    const auto [other, is_new] = routes_.emplace(match_key(route), api.name);
    if (is_new || other->second == api.name) return;
    place.fault("matches the same requests as a route of the API " + in_quotes(other->second));
  }

  Names credentials_;  // tenant, name
  std::map<std::string_view, std::set<std::string_view>> versions_;
  Names seen_;
  std::set<std::string_view> with_default_;
  std::map<std::string, std::string_view> routes_;  // match key -> name of the Api
};

void validate_credentials(const Place& place, const std::vector<Credential>& credentials) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < credentials.size(); ++i) {
    const Place here = place.item(i);
    const std::string& name = credentials[i].name;
    if (!is_api_name(name)) {
      here.member("name").fault("must be 1 to 64 letters, digits, _ or -, not " + in_quotes(name));
    }
    if (!names.insert(credentials[i].tenant.value + " " + name).second) {
      here.member("name").fault("another credential has the name " + in_quotes(name));
    }
    validate_credential(here, credentials[i]);
  }
}

/// The rules of one kind: each in itself, and that no two have the same name in a tenant.
template <class Rule, class NameOf>
void validate_rules(const Place& place, std::string_view name_member,
                    const std::vector<Rule>& rules, void (*validate_one)(const Place&, const Rule&),
                    const NameOf& name_of_rule) {
  if (rules.size() > kMaxRules) place.fault("must be at most 10000");
  std::set<std::pair<std::string_view, std::string>> names;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    validate_one(place.item(i), rules[i]);
    if (names.insert({rules[i].tenant.value, name_of_rule(rules[i])}).second) continue;
    place.item(i)
        .member(name_member)
        .fault(name_member == "name"
                   ? "another one has the name " + in_quotes(name_of_rule(rules[i]))
                   : "another one has the same api, version and scope");
  }
}

void validate_all_rules(const Place& root, const Configuration& configuration) {
  validate_rules(root.member("quotas"), "name", configuration.quotas, &validate_quota,
                 [](const Quota& quota) { return quota.name; });
  validate_rules(root.member("circuit_breakers"), "api", configuration.circuit_breakers,
                 &validate_breaker_rule, [](const BreakerRule& rule) {
                   return breaker_rule_name(rule.api, rule.version, rule.scope);
                 });
  validate_rules(root.member("alert_rules"), "name", configuration.alert_rules,
                 &validate_alert_rule, [](const AlertRule& rule) { return rule.name; });
}

}  // namespace

std::vector<Fault> validate(const Configuration& configuration,
                            const std::vector<std::string>& known_connectors) {
  std::vector<Fault> faults;
  const Place root("", faults);
  validate_credentials(root.member("credentials"), configuration.credentials);
  validate_token_issuers(root.member("token_issuers"), configuration.token_issuers);

  const Place apis = root.member("apis");
  if (configuration.apis.size() > kMaxApis) apis.fault("must be at most 50000 APIs");
  References references(configuration);
  for (std::size_t i = 0; i < configuration.apis.size(); ++i) {
    validate_api(apis.item(i), configuration.apis[i], known_connectors);
    references.check(apis.item(i), configuration.apis[i]);
  }
  validate_all_rules(root, configuration);
  return faults;
}

std::vector<Fault> rules_of_no_api(const Configuration& configuration, const HasApi& has_api) {
  std::vector<Fault> faults;
  const auto check = [&](const Place& place, const std::string& api, const std::string& version) {
    if (!is_api_name(api)) return;  // for each, or for all
    if (!has_api(api, {})) {
      place.member("api").fault("there is no API " + in_quotes(api));
    } else if (is_version(version) && !has_api(api, version)) {
      place.member("version").fault("the API " + in_quotes(api) + " has no version " +
                                    in_quotes(version));
    }
  };
  const Place root("", faults);
  for (std::size_t i = 0; i < configuration.quotas.size(); ++i) {
    const QuotaMatch& match = configuration.quotas[i].match;
    check(root.member("quotas").item(i).member("match"), match.api, match.version);
  }
  for (std::size_t i = 0; i < configuration.circuit_breakers.size(); ++i) {
    const BreakerRule& rule = configuration.circuit_breakers[i];
    check(root.member("circuit_breakers").item(i), rule.api, rule.version);
  }
  return faults;
}

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

}  // namespace apiforge::model
