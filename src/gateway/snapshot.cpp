#include "gateway/snapshot.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace apiforge::gateway {
namespace {

using model::Api;

bool same_credential(const std::optional<model::Credential>& a, const model::Credential* b) {
  if (!a || !b) return !a && !b;
  return *a == *b;
}

// TLS contexts are dear (the system's roots are parsed for each), and most Apis want the same one.
class TlsContexts {
 public:
  Result<std::shared_ptr<net::TlsClientContext>> get(const model::UpstreamTls& tls) {
    const Key key{tls.verify, tls.ca, tls.certificate, tls.key};
    if (const auto found = made_.find(key); found != made_.end()) return found->second;
    auto made = net::TlsClientContext::load({tls.verify, tls.ca, tls.certificate, tls.key});
    if (made) made_.emplace(key, *made);
    return made;
  }

 private:
  using Text = std::optional<std::string>;
  using Key = std::tuple<bool, Text, Text, Text>;
  std::map<Key, std::shared_ptr<net::TlsClientContext>> made_;
};

class Compiler {
 public:
  Compiler(const model::Configuration& configuration, const std::vector<ConnectorEntry>& connectors,
           const Snapshot* previous)
      : configuration_(configuration), connectors_(connectors) {
    for (const auto& credential : configuration.credentials) {
      credentials_.emplace(credential.name, &credential);
    }
    for (const Api& api : configuration.apis) versions_[api.name] += api.enabled ? 1 : 0;
    if (!previous) return;
    revision_ = previous->revision + 1;
    for (const auto& api : previous->apis) previous_.emplace(name_of(api->config), api);
  }

  Result<std::shared_ptr<const Snapshot>> compile() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->revision = revision_;
    for (const Api& api : configuration_.apis) {
      if (!api.enabled) continue;
      auto compiled = compile_api(api);
      if (!compiled) {
        return fail(compiled.error().code, "api '" + api.name + "': " + compiled.error().detail);
      }
      add_routes(api, static_cast<std::uint32_t>(snapshot->apis.size()));
      snapshot->apis.push_back(*std::move(compiled));
    }
    auto routes = policy::RouteTable::build(entries());
    if (!routes) return std::unexpected(routes.error());
    snapshot->routes = *std::move(routes);
    return snapshot;
  }

 private:
  static std::string name_of(const Api& api) { return api.name + "@" + api.version; }

  Result<std::shared_ptr<const CompiledApi>> compile_api(const Api& api) {
    const model::Credential* credential = nullptr;
    if (const auto found = credentials_.find(api.credential); found != credentials_.end()) {
      credential = found->second;
    }
    const auto before = previous_.find(name_of(api));
    if (before != previous_.end() && before->second->config == api &&
        same_credential(before->second->credential, credential)) {
      return before->second;
    }
    auto compiled = std::make_shared<CompiledApi>();
    compiled->config = api;
    if (credential) compiled->credential = *credential;
    const auto factory =
        std::find_if(connectors_.begin(), connectors_.end(),
                     [&](const auto& entry) { return entry.name == api.connector; });
    if (factory == connectors_.end()) {
      return fail(ErrorCode::InvalidConfiguration, "unknown connector '" + api.connector + "'");
    }
    auto connector = factory->make(api, credential);
    if (!connector) return std::unexpected(connector.error());
    compiled->connector = *std::move(connector);
    auto retry = policy::RetryRule::compile(api.upstream.retry);
    if (!retry) return std::unexpected(retry.error());
    compiled->retry = *retry;
    const auto permissions = model::parse_permissions(api.access.permissions);
    if (!permissions) return fail(ErrorCode::InvalidConfiguration, permissions.error().detail);
    compiled->permissions = *permissions;
    if (auto added = add_endpoints(*compiled); !added) return std::unexpected(added.error());
    return compiled;
  }

  Result<void> add_endpoints(CompiledApi& api) {
    for (const auto& endpoint : api.config.upstream.endpoints) {
      auto parts = model::parse_upstream_url(endpoint.url);
      if (!parts) return std::unexpected(parts.error());
      if (parts->tls && !api.tls) {
        auto tls = tls_.get(api.config.upstream.tls);
        if (!tls) return std::unexpected(tls.error());
        api.tls = *std::move(tls);
      }
      api.endpoints.push_back({endpoint.url, *parts, model::host_field(*parts), endpoint.weight});
    }
    return {};
  }

  bool is_default_version(const Api& api) const {
    return api.is_default_version || versions_.at(api.name) == 1;
  }

  // `/proxy/{name}` leads to the default version, `/proxy/{name}@{version}` and the header
  // `X-API-Version` to any. Routes of one's own are used as they are written.
  void add_routes(const Api& api, std::uint32_t index) {
    const std::string label = "apis/" + api.name + "/routes/";
    if (!api.routes.empty()) {
      for (std::size_t i = 0; i < api.routes.size(); ++i) {
        routes_.push_back({api.routes[i], index, label + std::to_string(i)});
      }
      return;
    }
    model::Route route;
    route.path = "/proxy/" + api.name;
    if (is_default_version(api)) routes_.push_back({route, index, label + "default"});
    model::Route by_header = route;
    by_header.headers = {{"X-API-Version", api.version}};
    routes_.push_back({std::move(by_header), index, label + "header"});
    route.path += "@" + api.version;
    routes_.push_back({std::move(route), index, label + "version"});
  }

  struct OwnedRoute {
    model::Route route;
    std::uint32_t value;
    std::string label;
  };

  std::vector<policy::RouteEntry> entries() const {
    std::vector<policy::RouteEntry> result;
    result.reserve(routes_.size());
    for (const auto& owned : routes_) result.push_back({&owned.route, owned.value, owned.label});
    return result;
  }

  const model::Configuration& configuration_;
  const std::vector<ConnectorEntry>& connectors_;
  std::unordered_map<std::string, const model::Credential*> credentials_;
  std::unordered_map<std::string, std::shared_ptr<const CompiledApi>> previous_;
  std::unordered_map<std::string, int> versions_;  // enabled ones, by name
  std::vector<OwnedRoute> routes_;
  TlsContexts tls_;
  std::uint64_t revision_ = 1;
};

}  // namespace

Result<std::shared_ptr<const Snapshot>> compile_snapshot(
    const model::Configuration& configuration, const std::vector<ConnectorEntry>& connectors,
    const Snapshot* previous) {
  return Compiler(configuration, connectors, previous).compile();
}

}  // namespace apiforge::gateway
