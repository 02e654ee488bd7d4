#include "gateway/api_compiler.hpp"

#include <algorithm>

#include "gateway/deprecation_lines.hpp"
#include "net/field_names.hpp"

namespace apiforge::gateway {
namespace {

using model::Api;

const CompiledEndpoint* find_endpoint(const CompiledApi* api, std::string_view url) {
  if (!api) return nullptr;
  const auto found = std::ranges::find(api->endpoints, url, &CompiledEndpoint::url);
  return found != api->endpoints.end() ? &*found : nullptr;
}

// Equal URLs of one Api share what is known of them. What was known is kept while the check stays
// the same; a check that changed counts anew, from the state that the endpoint was in.
std::shared_ptr<EndpointHealth> health_of(const CompiledApi& api, std::string_view url,
                                          const CompiledApi* before,
                                          const CompiledEndpoint* known) {
  const model::Upstream& upstream = api.config.upstream;
  if (!upstream.health_check) return nullptr;
  if (const auto* twin = find_endpoint(&api, url)) return twin->health;
  if (!known || !known->health) return std::make_shared<EndpointHealth>();
  const bool same = before->config.upstream.health_check == upstream.health_check &&
                    before->config.upstream.tls == upstream.tls;
  return same ? known->health : std::make_shared<EndpointHealth>(known->health->is_up());
}

Result<void> add_connector(CompiledApi& api, const std::vector<ConnectorEntry>& connectors) {
  const auto factory = std::ranges::find(connectors, api.config.connector, &ConnectorEntry::name);
  if (factory == connectors.end()) {
    return fail(ErrorCode::InvalidConfiguration,
                "unknown connector '" + api.config.connector + "'");
  }
  auto connector = factory->make(api.config, api.credential.get());
  if (!connector) return std::unexpected(std::move(connector.error()));
  api.connector = *std::move(connector);
  return {};
}

Result<void> add_rules(CompiledApi& api) {
  auto retry = policy::RetryRule::compile(api.config.upstream.retry);
  if (!retry) return std::unexpected(std::move(retry.error()));
  api.retry = *retry;
  const auto permissions = model::parse_permissions(api.config.access.permissions);
  if (!permissions) return fail(ErrorCode::InvalidConfiguration, permissions.error().detail);
  api.permissions = *permissions;
  auto call_rules = CallRules::compile(api.config);
  if (!call_rules) return std::unexpected(std::move(call_rules.error()));
  api.call_rules = *std::move(call_rules);
  if (api.config.validation.empty()) return {};
  auto contract = RequestContract::compile(api.config.validation.document);
  if (!contract) return std::unexpected(std::move(contract.error()));
  api.contract = *std::move(contract);
  return {};
}

Result<void> add_transform(std::optional<policy::CompiledTransform>& place,
                           const std::vector<model::TransformOperation>& operations,
                           policy::TransformOf of) {
  if (operations.empty()) return {};
  auto compiled = policy::CompiledTransform::compile(operations, of);
  if (!compiled) return std::unexpected(std::move(compiled.error()));
  place = *std::move(compiled);
  return {};
}

std::uint8_t failure_kinds(const std::vector<std::string>& names) {
  constexpr std::pair<std::string_view, FailureKind> kKinds[] = {
      {"connect", kConnectFailure},
      {"timeout", kTimeoutFailure},
      {"5xx", kServerErrorFailure},
      {"429", kTooManyRequestsFailure},
      {"no_endpoint", kNoEndpointFailure},
      {"breaker", kBreakerOpenFailure},
      {"quota", kQuotaFailure},
      {"shed", kShedFailure}};
  std::uint8_t kinds = 0;
  for (const auto& [name, kind] : kKinds) {
    if (std::ranges::find(names, name) != names.end()) kinds |= kind;
  }
  return kinds;
}

std::uint8_t breaker_counts(const model::BreakerRule& rule) {
  constexpr std::pair<std::string_view, BreakerCount> kKinds[] = {{"5xx", kCountsServerErrors},
                                                                  {"429", kCountsTooManyRequests},
                                                                  {"timeout", kCountsTimeouts},
                                                                  {"connect", kCountsConnecting}};
  std::uint8_t kinds = 0;
  for (const auto& [name, kind] : kKinds) {
    if (std::ranges::find(rule.counts, name) != rule.counts.end()) kinds |= kind;
  }
  return kinds;
}

using BreakerPtr = std::shared_ptr<policy::Breaker>;

BreakerPtr kept_or_new(const BreakerPtr& before, const model::BreakerRule& rule) {
  return before && before->rule() == rule ? before : std::make_shared<policy::Breaker>(rule);
}

// Equal URLs of one Api share a breaker, as they share what is known of them.
void add_breakers(CompiledApi& api, BreakerRulePair rules, const CompiledApi* older) {
  api.breaker_rules = std::move(rules);
  if (const auto& rule = api.breaker_rules.api) {
    api.api_breaker_counts = breaker_counts(*rule);
    api.breaker = kept_or_new(older ? older->breaker : nullptr, *rule);
  }
  const auto& rule = api.breaker_rules.endpoint;
  if (!rule) return;
  api.endpoint_breaker_counts = breaker_counts(*rule);
  for (CompiledEndpoint& endpoint : api.endpoints) {
    const CompiledEndpoint* first = find_endpoint(&api, endpoint.url);
    const CompiledEndpoint* known = find_endpoint(older, endpoint.url);
    endpoint.breaker =
        first != &endpoint ? first->breaker : kept_or_new(known ? known->breaker : nullptr, *rule);
  }
}

// Framing, the connection and the request's id are the gateway's business.
bool is_for_replies(std::string_view name) {
  const net::FieldId id = net::field_id(name);
  return !net::is_hop_by_hop(id) && id != net::FieldId::ContentLength &&
         id != net::FieldId::XRequestId;
}

void add_fallback(CompiledApi& api) {
  for (const model::Fallback& step : api.config.fallback) {
    CompiledFallback compiled{
        .config = &step, .on = failure_kinds(step.on), .reply = {}, .label = {}};
    switch (step.kind) {
      case model::FallbackKind::StaleCache:
        compiled.label = "stale-cache";
        break;
      case model::FallbackKind::Api:
        compiled.label = "api:" + step.api;
        break;
      case model::FallbackKind::Reply:
        compiled.label = "reply";
        compiled.reply.status = static_cast<int>(step.status);
        for (const auto& [name, value] : step.headers) {
          if (is_for_replies(name)) compiled.reply.fields.push_back({name, value});
        }
        compiled.reply.body = step.body;
        break;
    }
    if (step.partial) compiled.label += ";partial";
    api.fallback_kinds |= compiled.on;
    api.fallback.push_back(std::move(compiled));
  }
}

// `/proxy/{name}` leads to the version of the caller's choice, `/proxy/{name}@{version}` to this
// one. Routes of one's own are used as they are written.
void add_routes(CompiledApi& api) {
  const Api& config = api.config;
  const std::string label = "apis/" + config.name + "/routes/";
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    api.routes.push_back({config.routes[i], label + std::to_string(i), false});
  }
  if (!api.routes.empty()) return;
  model::Route route;
  route.path = "/proxy/" + config.name;
  api.routes.push_back({route, label + "default", false});
  route.path += "@" + config.version;
  api.routes.push_back({std::move(route), label + "version", true});
}

}  // namespace

Result<std::shared_ptr<CompiledApi>> ApiCompiler::compile(
    const std::shared_ptr<const Api>& api, std::shared_ptr<const model::Credential> credential,
    BreakerRulePair breakers, const CompiledApi* older) {
  auto compiled = std::make_shared<CompiledApi>(api);
  compiled->credential = std::move(credential);
  Result<void> done = add_connector(*compiled, connectors_);
  if (done) done = add_rules(*compiled);
  if (done) done = add_endpoints(*compiled, older);
  const model::Transformation& transform = api->transform;
  if (done) {
    done = add_transform(compiled->shape, transform.request, policy::TransformOf::Request);
  }
  if (done) {
    done = add_transform(compiled->reshape, transform.response, policy::TransformOf::Response);
  }
  if (!done) return std::unexpected(std::move(done.error()));
  add_fallback(*compiled);
  add_breakers(*compiled, std::move(breakers), older);
  add_routes(*compiled);
  compiled->version_lines = deprecation_lines(api->deprecation);
  return compiled;
}

Result<void> ApiCompiler::add_endpoints(CompiledApi& api, const CompiledApi* older) {
  for (const auto& endpoint : api.config.upstream.endpoints) {
    auto parts = model::parse_upstream_url(endpoint.url);
    if (!parts) return std::unexpected(std::move(parts.error()));
    if (parts->tls && !api.tls) {
      auto tls = tls_context(api.config.upstream.tls);
      if (!tls) return std::unexpected(std::move(tls.error()));
      api.tls = *std::move(tls);
    }
    const CompiledEndpoint* known = find_endpoint(older, endpoint.url);
    api.endpoints.push_back({.url = endpoint.url,
                             .parts = *parts,
                             .authority = model::host_field(*parts),
                             .weight = endpoint.weight,
                             .health = health_of(api, endpoint.url, older, known),
                             .added = older && !known,
                             .breaker = nullptr});
  }
  return {};
}

Result<std::shared_ptr<net::TlsClientContext>> ApiCompiler::tls_context(
    const model::UpstreamTls& tls) {
  const TlsKey key{tls.verify, tls.ca, tls.certificate, tls.key};
  if (const auto found = tls_.find(key); found != tls_.end()) return found->second;
  if (auto kept = tls_context_of_before(tls))
    return tls_.emplace(key, std::move(kept)).first->second;
  auto made = net::TlsClientContext::load({tls.verify, tls.ca, tls.certificate, tls.key});
  if (made) tls_.emplace(key, *made);
  return made;
}

std::shared_ptr<net::TlsClientContext> ApiCompiler::tls_context_of_before(
    const model::UpstreamTls& tls) const {
  // Files may have changed, which is why somebody changes an Api; the system's roots have not.
  if (!previous_ || tls.ca || tls.certificate) return nullptr;
  for (const auto& api : previous_->apis) {
    const model::UpstreamTls& other = api->config.upstream.tls;
    if (api->tls && other.verify == tls.verify && !other.ca && !other.certificate) return api->tls;
  }
  return nullptr;
}

}  // namespace apiforge::gateway
