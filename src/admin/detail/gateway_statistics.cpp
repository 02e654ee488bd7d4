#include "admin/detail/gateway_statistics.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <string_view>
#include <tuple>

namespace apiforge::admin {
namespace {

namespace json = boost::json;

/// Milliseconds, down to the microsecond.
double milliseconds(std::int64_t nanoseconds) {
  return std::round(static_cast<double>(nanoseconds) / 1e3) / 1e3;
}

json::object show_latency(const observe::LatencyCounts& counts) {
  const auto quantile = [&](double q) { return milliseconds(counts.quantile(q).count()); };
  return {{"p50", quantile(0.5)},
          {"p90", quantile(0.9)},
          {"p99", quantile(0.99)},
          {"p999", quantile(0.999)}};
}

/// Errors by calls, to six digits behind the point.
double rate(std::uint64_t errors, std::uint64_t calls) {
  if (calls == 0) return 0;
  return std::round(static_cast<double>(errors) / static_cast<double>(calls) * 1e6) / 1e6;
}

json::object show_sources(const std::array<std::uint64_t, observe::kErrorSources.size()>& errors) {
  json::object sources;
  for (std::size_t i = 0; i < errors.size(); ++i) sources[observe::kErrorSources[i]] = errors[i];
  return sources;
}

void add_counts(json::object& object, const observe::ApiReading& api) {
  const std::uint64_t calls = api.calls();
  const std::uint64_t errors = api.failed_calls();
  object["calls"] = calls;
  object["errors"] = errors;
  object["error_rate"] = rate(errors, calls);
  object["in_flight"] = api.in_flight;
  object["bytes_in"] = api.bytes_in;
  object["bytes_out"] = api.bytes_out;
  object["latency_ms"] = show_latency(api.latency);
  object["upstream_latency_ms"] = show_latency(api.upstream_latency);
  object["errors_by_source"] = show_sources(api.errors);
  object["cache_hits"] = api.cache_hits;
  object["retries"] = api.retries;
  object["hedges"] = api.hedges;
  object["fallbacks"] = api.fallbacks;
  object["declared_errors"] = api.declared_errors;
  object["slow"] = api.slow;
  object["limited"] = api.limited;
  object["shed"] = api.shed_calls();
  object["breaker_rejected"] = api.breaker_rejected;
  object["degraded"] = api.degraded;
}

json::object show_endpoint(const ActiveApi::Endpoint& endpoint,
                           const observe::EndpointReading& reading) {
  std::string_view state = reading.ejected_workers > 0 ? "ejected" : "up";
  if (!endpoint.healthy.value_or(true)) state = "down";
  return {{"url", endpoint.url},
          {"state", state},
          {"in_flight", reading.in_flight},
          {"calls", reading.calls},
          {"errors", reading.failures},
          {"ewma_ms", milliseconds(reading.ewma_ns)},
          {"latency_ms", show_latency(reading.latency)}};
}

/// What was read of the Api; zeros when it was not called.
const observe::ApiReading& find_reading(const observe::CallReading& reading, const ActiveApi& api) {
  static const observe::ApiReading kNothing;
  const auto key = [](const observe::ApiReading& each) {
    return std::tuple<std::string_view, std::string_view>(each.name, each.version);
  };
  const std::tuple<std::string_view, std::string_view> wanted(api.name, api.version);
  const auto found = std::ranges::lower_bound(reading.apis, wanted, {}, key);
  return found != reading.apis.end() && key(*found) == wanted ? *found : kNothing;
}

json::object show_api(const ActiveApi& api, const observe::ApiReading& reading) {
  static const observe::EndpointReading kNothing;
  json::object object{{"name", api.name}, {"version", api.version}};
  add_counts(object, reading);
  json::array endpoints;
  for (const ActiveApi::Endpoint& endpoint : api.endpoints) {
    const auto found =
        std::ranges::find(reading.endpoints, endpoint.url, &observe::EndpointReading::url);
    endpoints.push_back(
        show_endpoint(endpoint, found != reading.endpoints.end() ? *found : kNothing));
  }
  object["endpoints"] = std::move(endpoints);
  return object;
}

json::object show_tenant(const observe::TenantReading& tenant) {
  return {{"tenant_id", tenant.tenant},
          {"calls", tenant.calls},
          {"errors", tenant.errors},
          {"error_rate", rate(tenant.errors, tenant.calls)},
          {"in_flight", tenant.in_flight},
          {"bytes_in", tenant.bytes_in},
          {"bytes_out", tenant.bytes_out},
          {"latency_ms", show_latency(tenant.latency)},
          {"errors_by_source", show_sources(tenant.errors_by_source)},
          {"cache_hits", tenant.cache_hits},
          {"retries", tenant.retries}};
}

}  // namespace

json::object gateway_statistics(const observe::CallReading& reading,
                                std::span<const ActiveApi> apis, const StatisticsView& view) {
  observe::ApiReading sum;
  json::array shown;
  for (const ActiveApi& api : apis) {
    if (!view.shows_api(api)) continue;
    const observe::ApiReading& counts = find_reading(reading, api);
    sum.merge(counts);
    shown.push_back(show_api(api, counts));
  }
  json::object totals;
  add_counts(totals, sum);
  json::array tenants;
  for (const observe::TenantReading& tenant : reading.tenants) {
    if (view.shows_tenant(tenant.tenant)) tenants.push_back(show_tenant(tenant));
  }
  return {
      {"totals", std::move(totals)}, {"apis", std::move(shown)}, {"tenants", std::move(tenants)}};
}

}  // namespace apiforge::admin
