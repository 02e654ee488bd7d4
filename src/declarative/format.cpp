#include "declarative/format.hpp"

#include <array>
#include <utility>

#include "declarative/members.hpp"

namespace apiforge::declarative {
namespace {

using model::Access;
using model::Api;
using model::ApiKind;
using model::Balancing;
using model::Configuration;
using model::Credential;
using model::Endpoint;
using model::OutlierEjection;
using model::Retry;
using model::Route;
using model::TrustedIssuer;
using model::Upstream;
using model::UpstreamTls;

constexpr std::array<std::pair<std::string_view, ApiKind>, 4> kApiKinds{{
    {"http", ApiKind::Http},
    {"exchange", ApiKind::Exchange},
    {"llm", ApiKind::Llm},
    {"data", ApiKind::Data},
}};

constexpr std::array<std::pair<std::string_view, Balancing>, 5> kBalancings{{
    {"p2c_ewma", Balancing::P2cEwma},
    {"round_robin", Balancing::RoundRobin},
    {"weighted_round_robin", Balancing::WeightedRoundRobin},
    {"least_request", Balancing::LeastRequest},
    {"consistent_hash", Balancing::ConsistentHash},
}};

constexpr Members<Endpoint, 3> kEndpoint{{
    {"url", text<&Endpoint::url>, Presence::Required},
    {"weight", number<&Endpoint::weight>},
    {"zone", text<&Endpoint::zone>},
}};

constexpr Members<Retry, 3> kRetry{{
    {"attempts", number<&Retry::attempts>},
    {"on", texts<&Retry::on>},
    {"backoff_ms", duration_ms<&Retry::backoff>},
}};

constexpr Members<OutlierEjection, 4> kEjection{{
    {"consecutive_failures", number<&OutlierEjection::consecutive_failures>},
    {"base_time_ms", duration_ms<&OutlierEjection::base_time>},
    {"max_time_ms", duration_ms<&OutlierEjection::max_time>},
    {"max_percent", number<&OutlierEjection::max_percent>},
}};

constexpr Members<UpstreamTls, 5> kTls{{
    {"verify", flag<&UpstreamTls::verify>},
    {"ca", text<&UpstreamTls::ca>},
    {"server_name", text<&UpstreamTls::server_name>},
    {"certificate", text<&UpstreamTls::certificate>},
    {"key", text<&UpstreamTls::key>},
}};

constexpr Members<Upstream, 14> kUpstream{{
    {"endpoints", objects<&Upstream::endpoints, kEndpoint>, Presence::Required},
    {"balancing", choice<&Upstream::balancing, kBalancings>},
    {"hash_on", text<&Upstream::hash_on>},
    {"connect_timeout_ms", duration_ms<&Upstream::connect_timeout>},
    {"first_byte_timeout_ms", duration_ms<&Upstream::first_byte_timeout>},
    {"timeout_ms", duration_ms<&Upstream::timeout>},
    {"idle_timeout_ms", duration_ms<&Upstream::idle_timeout>},
    {"keepalive_timeout_ms", duration_ms<&Upstream::keepalive_timeout>},
    {"max_connections", number<&Upstream::max_connections>},
    {"max_idle_connections", number<&Upstream::max_idle_connections>},
    {"retry", object<&Upstream::retry, kRetry>},
    {"ejection", object<&Upstream::ejection, kEjection>},
    {"tls", object<&Upstream::tls, kTls>},
    {"health_check", unsupported},
}};

constexpr Members<Route, 5> kRoute{{
    {"hosts", texts<&Route::hosts>},
    {"path", text<&Route::path>},
    {"methods", texts<&Route::methods>},
    {"headers", named_texts<&Route::headers>},
    {"strip_prefix", flag<&Route::strip_prefix>},
}};

constexpr Members<Access, 2> kAccess{{
    {"public", flag<&Access::is_public>},
    {"permissions", texts<&Access::permissions>},
}};

/// A route that names no path matches every path of its hosts.
void routes(const Cursor& value, Api& api) {
  objects<&Api::routes, kRoute>(value, api);
  for (Route& route : api.routes) {
    if (route.path.empty()) route.path = "/";
  }
}

constexpr Members<Api, 16> kApi{{
    {"name", text<&Api::name>, Presence::Required},
    {"kind", choice<&Api::kind, kApiKinds>},
    {"description", text<&Api::description>},
    {"enabled", flag<&Api::enabled>},
    {"version", text<&Api::version>},
    {"default", flag<&Api::is_default_version>},
    {"connector", text<&Api::connector>},
    {"credential", text<&Api::credential>},
    {"upstream", object<&Api::upstream, kUpstream>, Presence::Required},
    {"routes", routes},
    {"access", object<&Api::access, kAccess>},
    {"max_body_bytes", number<&Api::max_body_bytes>},
    {"slow_threshold_ms", duration_ms<&Api::slow_threshold>},
    {"transform", unsupported},
    {"cache", unsupported},
    {"fallback", unsupported},
}};

constexpr Members<Credential, 3> kCredential{{
    {"name", text<&Credential::name>, Presence::Required},
    {"kind", text<&Credential::kind>, Presence::Required},
    {"fields", named_texts<&Credential::fields>, Presence::Required},
}};

constexpr Members<TrustedIssuer, 10> kTokenIssuer{{
    {"issuer", text<&TrustedIssuer::issuer>, Presence::Required},
    {"audience", text<&TrustedIssuer::audience>, Presence::Required},
    {"jwks_url", text<&TrustedIssuer::jwks_url>},
    {"jwks_file", text<&TrustedIssuer::jwks_file>},
    {"tenant", identifier<&TrustedIssuer::tenant>},
    {"tenant_claim", text<&TrustedIssuer::tenant_claim>},
    {"tenants", identifiers<&TrustedIssuer::tenants>},
    {"roles_claim", text<&TrustedIssuer::roles_claim>},
    {"default_roles", texts<&TrustedIssuer::default_roles>},
    {"allowed_roles", texts<&TrustedIssuer::allowed_roles>},
}};

void format_version(const Cursor& value, Configuration&) {
  if (value.node().is_plain && value.node().scalar == "1") return;
  value.fault("must be 1, the only version of this format");
}

/// Static settings share the file; app/settings reads them.
void settings(const Cursor&, Configuration&) {}

constexpr Members<Configuration, 7> kConfiguration{{
    {"version", format_version, Presence::Required},
    {"settings", settings},
    {"credentials", objects<&Configuration::credentials, kCredential>},
    {"apis", objects<&Configuration::apis, kApi>},
    {"token_issuers", objects<&Configuration::token_issuers, kTokenIssuer>},
    {"quotas", unsupported},
    {"circuit_breakers", unsupported},
}};

}  // namespace

model::Configuration read_configuration(const Cursor& root) {
  Configuration configuration;
  read_members(root, kConfiguration, configuration);
  return configuration;
}

}  // namespace apiforge::declarative
