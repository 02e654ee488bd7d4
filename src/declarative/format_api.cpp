// The part of the format that describes Apis.
#include "declarative/api_json.hpp"
#include "declarative/detail/format_parts.hpp"
#include "declarative/detail/members.hpp"

namespace apiforge::declarative {
namespace {

using model::Access;
using model::AdaptiveConcurrency;
using model::Api;
using model::ApiKind;
using model::Balancing;
using model::CachePolicy;
using model::CacheRule;
using model::CacheScope;
using model::CallRule;
using model::Configuration;
using model::Deprecation;
using model::Endpoint;
using model::ErrorReply;
using model::Fallback;
using model::FallbackKind;
using model::HealthCheck;
using model::HealthCheckKind;
using model::Hedge;
using model::Mirror;
using model::OutlierEjection;
using model::Retry;
using model::Route;
using model::Transformation;
using model::TransformKind;
using model::TransformOperation;
using model::Upstream;
using model::UpstreamTls;
using model::Validation;

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

constexpr Members<Retry, 4> kRetry{{
    {"attempts", number<&Retry::attempts>},
    {"on", texts<&Retry::on>},
    {"backoff_ms", duration_ms<&Retry::backoff>},
    {"replay_bytes", number<&Retry::replay_bytes>},
}};

constexpr Members<Hedge, 2> kHedge{{
    {"after_ms", duration_ms<&Hedge::after>},
    {"percent", number<&Hedge::percent>},
}};

constexpr Members<OutlierEjection, 7> kEjection{{
    {"consecutive_failures", number<&OutlierEjection::consecutive_failures>},
    {"failure_percent", number<&OutlierEjection::failure_percent>},
    {"minimum_calls", number<&OutlierEjection::minimum_calls>},
    {"latency_factor", number<&OutlierEjection::latency_factor>},
    {"base_time_ms", duration_ms<&OutlierEjection::base_time>},
    {"max_time_ms", duration_ms<&OutlierEjection::max_time>},
    {"max_percent", number<&OutlierEjection::max_percent>},
}};

constexpr std::array<std::pair<std::string_view, HealthCheckKind>, 2> kHealthCheckKinds{{
    {"http", HealthCheckKind::Http},
    {"tcp", HealthCheckKind::Tcp},
}};

constexpr Members<HealthCheck, 8> kHealthCheck{{
    {"kind", choice<&HealthCheck::kind, kHealthCheckKinds>},
    {"path", text<&HealthCheck::path>},
    {"interval_ms", duration_ms<&HealthCheck::interval>},
    {"timeout_ms", duration_ms<&HealthCheck::timeout>},
    {"healthy", number<&HealthCheck::healthy>},
    {"unhealthy", number<&HealthCheck::unhealthy>},
    {"status_min", number<&HealthCheck::status_min>},
    {"status_max", number<&HealthCheck::status_max>},
}};

constexpr Members<UpstreamTls, 5> kTls{{
    {"verify", flag<&UpstreamTls::verify>},
    {"ca", text<&UpstreamTls::ca>},
    {"server_name", text<&UpstreamTls::server_name>},
    {"certificate", text<&UpstreamTls::certificate>},
    {"key", text<&UpstreamTls::key>},
}};

constexpr Members<AdaptiveConcurrency, 4> kAdaptiveConcurrency{{
    {"initial", number<&AdaptiveConcurrency::initial>},
    {"min", number<&AdaptiveConcurrency::min>},
    {"max", number<&AdaptiveConcurrency::max>},
    {"target_ms", duration_ms<&AdaptiveConcurrency::target>},
}};

constexpr Members<Upstream, 18> kUpstream{{
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
    {"slow_start_ms", duration_ms<&Upstream::slow_start>},
    {"panic_percent", number<&Upstream::panic_percent>},
    {"retry", object<&Upstream::retry, kRetry>},
    {"hedge", optional_object<&Upstream::hedge, kHedge>},
    {"ejection", object<&Upstream::ejection, kEjection>},
    {"health_check", optional_object<&Upstream::health_check, kHealthCheck>},
    {"adaptive_concurrency",
     optional_object<&Upstream::adaptive_concurrency, kAdaptiveConcurrency>},
    {"tls", object<&Upstream::tls, kTls>},
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
constexpr Codec<Api> kRoutes{[](const Cursor& value, Api& api) {
                               objects<&Api::routes, kRoute>.read(value, api);
                               for (Route& route : api.routes) {
                                 if (route.path.empty()) route.path = "/";
                               }
                             },
                             objects<&Api::routes, kRoute>.write};

constexpr Members<Deprecation, 3> kDeprecation{{
    {"since", time<&Deprecation::since>},
    {"sunset", time<&Deprecation::sunset>},
    {"link", text<&Deprecation::link>},
}};

constexpr Members<Mirror, 2> kMirror{{
    {"version", text<&Mirror::version>, Presence::Required},
    {"percent", number<&Mirror::percent>},
}};

constexpr std::array<std::pair<std::string_view, TransformKind>, 13> kTransformKinds{{
    {"set_header", TransformKind::SetHeader},
    {"add_header", TransformKind::AddHeader},
    {"remove_header", TransformKind::RemoveHeader},
    {"rename_header", TransformKind::RenameHeader},
    {"set_query", TransformKind::SetQuery},
    {"add_query", TransformKind::AddQuery},
    {"remove_query", TransformKind::RemoveQuery},
    {"rename_query", TransformKind::RenameQuery},
    {"rewrite_path", TransformKind::RewritePath},
    {"set_json", TransformKind::SetJson},
    {"remove_json", TransformKind::RemoveJson},
    {"move_json", TransformKind::MoveJson},
    {"map_json", TransformKind::MapJson},
}};

// Operations of `map_json` are operations as well.
void read_operations(const Cursor& value, TransformOperation& target);
boost::json::value write_operations(const TransformOperation& source, Omit omit);

constexpr Members<TransformOperation, 9> kOperation{{
    {"op", choice<&TransformOperation::kind, kTransformKinds>, Presence::Required},
    {"name", text<&TransformOperation::name>},
    {"to", text<&TransformOperation::to>},
    {"pattern", text<&TransformOperation::pattern>},
    {"value", text<&TransformOperation::value>},
    {"from", text<&TransformOperation::from>},
    {"pointer", text<&TransformOperation::pointer>},
    {"json", json<&TransformOperation::json>},
    {"operations", {read_operations, write_operations}},
}};

void read_operations(const Cursor& value, TransformOperation& target) {
  objects<&TransformOperation::operations, kOperation>.read(value, target);
}

boost::json::value write_operations(const TransformOperation& source, Omit) {
  return objects<&TransformOperation::operations, kOperation>.write(source, Omit::Defaults);
}

/// Of an operation only what it has is shown: most members belong to other kinds.
template <auto Field>
constexpr Codec<Transformation> kOperations{
    objects<Field, kOperation>.read, [](const Transformation& source, Omit) {
      return objects<Field, kOperation>.write(source, Omit::Defaults);
    }};

constexpr Members<Transformation, 3> kTransformation{{
    {"request", kOperations<&Transformation::request>},
    {"response", kOperations<&Transformation::response>},
    {"max_body_bytes", number<&Transformation::max_body_bytes>},
}};

constexpr std::array<std::pair<std::string_view, CacheScope>, 3> kCacheScopes{{
    {"tenant", CacheScope::Tenant},
    {"caller", CacheScope::Caller},
    {"shared", CacheScope::Shared},
}};

constexpr Members<CacheRule, 2> kCacheRule{{
    {"path", text<&CacheRule::path>, Presence::Required},
    {"ttl_ms", duration_ms<&CacheRule::ttl>, Presence::Required},
}};

constexpr Members<CachePolicy, 8> kCache{{
    {"scope", choice<&CachePolicy::scope, kCacheScopes>},
    {"default_ttl_ms", duration_ms<&CachePolicy::default_ttl>},
    {"rules", objects<&CachePolicy::rules, kCacheRule>},
    {"stale_while_revalidate_ms", duration_ms<&CachePolicy::stale_while_revalidate>},
    {"stale_if_error_ms", duration_ms<&CachePolicy::stale_if_error>},
    {"max_object_bytes", number<&CachePolicy::max_object_bytes>},
    {"key_headers", texts<&CachePolicy::key_headers>},
    {"single_flight", flag<&CachePolicy::single_flight>},
}};

constexpr Members<ErrorReply, 2> kErrorReply{{
    {"pointer", text<&ErrorReply::pointer>, Presence::Required},
    {"equals", json<&ErrorReply::equals>},
}};

constexpr std::array<std::pair<std::string_view, FallbackKind>, 3> kFallbackKinds{{
    {"stale_cache", FallbackKind::StaleCache},
    {"api", FallbackKind::Api},
    {"reply", FallbackKind::Reply},
}};

constexpr Members<Fallback, 8> kFallback{{
    {"kind", choice<&Fallback::kind, kFallbackKinds>, Presence::Required},
    {"on", texts<&Fallback::on>},
    {"api", text<&Fallback::api>},
    {"version", text<&Fallback::version>},
    {"partial", flag<&Fallback::partial>},
    {"status", number<&Fallback::status>},
    {"headers", named_texts<&Fallback::headers>},
    {"body", text<&Fallback::body>},
}};

constexpr Members<CallRule, 8> kCallRule{{
    {"methods", texts<&CallRule::methods>},
    {"path", text<&CallRule::path>},
    {"priority", optional_choice<&CallRule::priority, model::kPriorityNames>},
    {"weight", number<&CallRule::weight>},
    {"tokens", number<&CallRule::tokens>},
    {"usd", usd<&CallRule::usd>},
    {"settle_tokens", text<&CallRule::settle_tokens>},
    {"usd_per_token", usd<&CallRule::usd_per_token>},
}};

constexpr Members<Validation, 2> kValidation{{
    {"enforce", flag<&Validation::enforce>},
    {"document", json<&Validation::document>},
}};

constexpr Members<Api, 22> kApi{{
    {"name", text<&Api::name>, Presence::Required},
    {"kind", choice<&Api::kind, kApiKinds>},
    {"description", text<&Api::description>},
    {"enabled", flag<&Api::enabled>},
    {"version", text<&Api::version>},
    {"default", flag<&Api::is_default_version>},
    {"traffic_weight", number<&Api::traffic_weight>},
    {"deprecation", object_unless_empty<&Api::deprecation, kDeprecation>},
    {"mirror", optional_object<&Api::mirror, kMirror>},
    {"connector", text<&Api::connector>},
    {"credential", text<&Api::credential>},
    {"upstream", object<&Api::upstream, kUpstream>, Presence::Required},
    {"routes", kRoutes},
    {"access", object<&Api::access, kAccess>},
    {"transform", object<&Api::transform, kTransformation>},
    {"cache", optional_object<&Api::cache, kCache>},
    {"error_replies", objects<&Api::error_replies, kErrorReply>},
    {"fallback", objects<&Api::fallback, kFallback>},
    {"call_rules", objects<&Api::call_rules, kCallRule>},
    {"validation", object_unless_empty<&Api::validation, kValidation>},
    {"max_body_bytes", number<&Api::max_body_bytes>},
    {"slow_threshold_ms", duration_ms<&Api::slow_threshold>},
}};

}  // namespace

void detail::read_apis(const Cursor& value, Configuration& configuration) {
  objects<&Configuration::apis, kApi>.read(value, configuration);
}

boost::json::value detail::write_apis(const Configuration& configuration, Omit omit) {
  return objects<&Configuration::apis, kApi>.write(configuration, omit);
}

boost::json::object to_json(const Api& api, Omit omit) {
  return write_members(api, kApi, omit);
}

std::expected<Api, std::vector<BodyFault>> api_from_json(const boost::json::object& json) {
  return read_json<Api, kApi>(json);
}

}  // namespace apiforge::declarative
