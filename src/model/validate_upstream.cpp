#include <algorithm>
#include <array>
#include <set>

#include "base/nearest_name.hpp"
#include "model/bounds.hpp"
#include "model/place.hpp"
#include "model/url.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxEndpoints = 256;
constexpr std::size_t kMaxZoneBytes = 64;

constexpr std::array<std::string_view, 4> kRetryConditions{"connect", "502", "503", "504"};

constexpr Bounds<Upstream> kUpstreamBounds[] = {
    {"connect_timeout_ms", [](const Upstream& u) { return u.connect_timeout.count(); }, 1, 600'000},
    {"first_byte_timeout_ms", [](const Upstream& u) { return u.first_byte_timeout.count(); }, 1,
     kHourMs},
    {"timeout_ms", [](const Upstream& u) { return u.timeout.count(); }, 0, kHourMs},
    {"idle_timeout_ms", [](const Upstream& u) { return u.idle_timeout.count(); }, 1, 24 * kHourMs},
    {"keepalive_timeout_ms", [](const Upstream& u) { return u.keepalive_timeout.count(); }, 0,
     kHourMs},
    {"max_connections", [](const Upstream& u) { return std::int64_t{u.max_connections}; }, 1,
     65'535},
    {"max_idle_connections", [](const Upstream& u) { return std::int64_t{u.max_idle_connections}; },
     0, 65'535},
    {"slow_start_ms", [](const Upstream& u) { return u.slow_start.count(); }, 0, kHourMs},
    {"panic_percent", [](const Upstream& u) { return std::int64_t{u.panic_percent}; }, 0, 100},
};

constexpr Bounds<Retry> kRetryBounds[] = {
    {"attempts", [](const Retry& r) { return std::int64_t{r.attempts}; }, 1, 5},
    {"backoff_ms", [](const Retry& r) { return r.backoff.count(); }, 0, 250},
    {"replay_bytes", [](const Retry& r) { return number_of(r.replay_bytes); }, 0, 16 << 20},
};

constexpr Bounds<OutlierEjection> kEjectionBounds[] = {
    {"consecutive_failures",
     [](const OutlierEjection& e) { return std::int64_t{e.consecutive_failures}; }, 0, 1'000},
    {"failure_percent", [](const OutlierEjection& e) { return std::int64_t{e.failure_percent}; }, 0,
     100},
    {"minimum_calls", [](const OutlierEjection& e) { return std::int64_t{e.minimum_calls}; }, 1,
     1'000'000},
    {"latency_factor", [](const OutlierEjection& e) { return std::int64_t{e.latency_factor}; }, 0,
     1'000},
    {"base_time_ms", [](const OutlierEjection& e) { return e.base_time.count(); }, 1, kHourMs},
    {"max_time_ms", [](const OutlierEjection& e) { return e.max_time.count(); }, 1, 24 * kHourMs},
    {"max_percent", [](const OutlierEjection& e) { return std::int64_t{e.max_percent}; }, 0, 100},
};

void validate_endpoints(const Place& place, const std::vector<Endpoint>& endpoints) {
  if (endpoints.empty()) place.fault("must have at least one endpoint");
  if (endpoints.size() > kMaxEndpoints) place.fault("must have at most 256 endpoints");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const Endpoint& endpoint = endpoints[i];
    const Place here = place.item(i);
    const auto url = parse_upstream_url(endpoint.url);
    if (!url) {
      here.member("url").fault(url.error().detail);
    } else if (!seen.insert(to_string(*url)).second) {
      here.member("url").fault("another endpoint of this API has the same URL");
    }
    if (endpoint.weight < 1 || endpoint.weight > 1'000) {
      here.member("weight").fault("must be from 1 to 1000, not " + std::to_string(endpoint.weight));
    }
    if (endpoint.zone.size() > kMaxZoneBytes) {
      here.member("zone").fault("must have at most 64 characters");
    }
  }
}

void validate_retry(const Place& place, const Retry& retry) {
  validate_bounds(place, retry, kRetryBounds);
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < retry.on.size(); ++i) {
    const std::string& condition = retry.on[i];
    const Place here = place.member("on").item(i);
    if (std::ranges::find(kRetryConditions, condition) == kRetryConditions.end()) {
      here.fault("must be one of connect, 502, 503, 504, not " + in_quotes(condition) +
                 did_you_mean(condition, kRetryConditions));
    } else if (!seen.insert(condition).second) {
      here.fault(in_quotes(condition) + " stands here twice");
    }
  }
}

void validate_ejection(const Place& place, const OutlierEjection& ejection) {
  validate_bounds(place, ejection, kEjectionBounds);
  if (ejection.max_time < ejection.base_time) {
    place.member("max_time_ms").fault("must not be less than base_time_ms");
  }
  if (ejection.latency_factor == 1) {
    place.member("latency_factor").fault("must be 0, or from 2: half of all are above the median");
  }
}

void validate_tls(const Place& place, const UpstreamTls& tls) {
  const std::pair<std::string_view, const std::optional<std::string>*> files[] = {
      {"ca", &tls.ca}, {"certificate", &tls.certificate}, {"key", &tls.key}};
  for (const auto& [name, file] : files) {
    if (*file && (*file)->empty()) place.member(name).fault("must name a file");
  }
  if (tls.server_name && !is_host_name(*tls.server_name)) {
    place.member("server_name").fault("must be a DNS name, not " + in_quotes(*tls.server_name));
  }
  if (tls.certificate && !tls.key) place.member("key").fault("is required with a certificate");
  if (tls.key && !tls.certificate) place.member("certificate").fault("is required with a key");
}

void validate_hash_on(const Place& place, std::string_view hash_on) {
  constexpr std::string_view kHeader = "header:";
  if (hash_on == "path" || hash_on == "client_ip") return;
  if (hash_on.starts_with(kHeader) && is_token(hash_on.substr(kHeader.size()))) return;
  place.fault("must be path, client_ip or header:<name>, not " + in_quotes(hash_on));
}

}  // namespace

void validate_upstream(const Place& place, const Upstream& upstream) {
  validate_endpoints(place.member("endpoints"), upstream.endpoints);
  validate_bounds(place, upstream, kUpstreamBounds);
  validate_hash_on(place.member("hash_on"), upstream.hash_on);
  validate_retry(place.member("retry"), upstream.retry);
  validate_ejection(place.member("ejection"), upstream.ejection);
  validate_tls(place.member("tls"), upstream.tls);
  if (upstream.hedge) validate_hedge(place.member("hedge"), *upstream.hedge);
  if (upstream.health_check) {
    validate_health_check(place.member("health_check"), *upstream.health_check);
  }
  if (upstream.adaptive_concurrency) {
    validate_adaptive_concurrency(place.member("adaptive_concurrency"),
                                  *upstream.adaptive_concurrency);
  }
}

}  // namespace apiforge::model
