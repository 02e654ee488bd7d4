// What an operator configures about an Api: plain values with defaults, as in the contract of the
// control API. Names and durations follow that contract; nothing here is compiled or resolved.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "model/alert.hpp"
#include "model/identity.hpp"
#include "model/quota.hpp"
#include "model/resilience.hpp"
#include "model/transform.hpp"
#include "model/trusted_issuer.hpp"

namespace apiforge::model {

enum class ApiKind : std::uint8_t { Http, Exchange, Llm, Data };
enum class Balancing : std::uint8_t {
  P2cEwma,
  RoundRobin,
  WeightedRoundRobin,
  LeastRequest,
  ConsistentHash
};

/// One base URL of an Api version.
struct Endpoint {
  std::string url;           ///< `http://` or `https://`, host, optional port and path prefix
  std::uint32_t weight = 1;  ///< 1..1000
  std::string zone;          ///< where it stands, for people to read: no call is routed by it
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// When another attempt is made. An attempt that was answered, or of which a byte reached the
/// caller, is never repeated; a method that is not idempotent only when nothing of it was sent.
struct Retry {
  std::uint32_t attempts = 2;  ///< all attempts together, 1..5
  /// Any of `connect` (no connection, or lost before a byte of the reply), `502`, `503`, `504`.
  std::vector<std::string> on = {"connect", "502", "503", "504"};
  milliseconds backoff{25};  ///< full jitter over backoff * 2^n, at most 250 ms
  /// A request body up to this size is kept so that it can be sent again, 0..16 MiB.
  std::uint64_t replay_bytes = 16 * 1024;
  friend bool operator==(const Retry&, const Retry&) = default;
};

/// Passive ejection of endpoints that fail calls, or are far slower than the others.
struct OutlierEjection {
  std::uint32_t consecutive_failures = 5;  ///< 0 switches this reason off
  std::uint32_t failure_percent = 50;      ///< of the calls of the last 10 s; 0 switches it off
  std::uint32_t minimum_calls = 20;        ///< in these 10 s, for the two below
  /// Ejected when the average latency is so many times the median of the endpoints; 0 switches off.
  std::uint32_t latency_factor = 0;
  milliseconds base_time{10'000};  ///< times the number of ejections in a row
  milliseconds max_time{300'000};
  std::uint32_t max_percent = 50;  ///< of the endpoints, but always at least one of several
  friend bool operator==(const OutlierEjection&, const OutlierEjection&) = default;
};

struct UpstreamTls {
  bool verify = true;
  std::optional<std::string> ca;           ///< file of PEM certificates; the system's when absent
  std::optional<std::string> server_name;  ///< SNI and certificate name; the URL's host when absent
  std::optional<std::string> certificate;  ///< client certificate, PEM file
  std::optional<std::string> key;          ///< its private key, PEM file
  friend bool operator==(const UpstreamTls&, const UpstreamTls&) = default;
};

struct Upstream {
  std::vector<Endpoint> endpoints;
  Balancing balancing = Balancing::P2cEwma;
  std::string hash_on = "path";  ///< consistent_hash: `path`, `header:<name>` or `client_ip`
  milliseconds connect_timeout{2'000};
  milliseconds first_byte_timeout{30'000};   ///< from the request's last byte to the reply's head
  milliseconds timeout{30'000};              ///< whole call until the reply's head; 0 means none
  milliseconds idle_timeout{60'000};         ///< no byte in either direction
  milliseconds keepalive_timeout{60'000};    ///< an unused connection is kept so long
  std::uint32_t max_connections = 1'024;     ///< per worker and endpoint
  std::uint32_t max_idle_connections = 256;  ///< per worker and endpoint
  /// An endpoint that came back gets its full share of calls after this time, growing; 0: at once.
  milliseconds slow_start{0};
  std::uint32_t panic_percent = 50;  ///< fewer endpoints available: calls go to all; 0: never
  Retry retry;
  std::optional<Hedge> hedge;
  OutlierEjection ejection;
  std::optional<HealthCheck> health_check;
  std::optional<AdaptiveConcurrency> adaptive_concurrency;
  UpstreamTls tls;
  friend bool operator==(const Upstream&, const Upstream&) = default;
};

/// What leads to the Api. Empty lists match everything.
struct Route {
  std::vector<std::string> hosts;  ///< exact names, or `*.example.com`
  std::string path;                ///< prefix by segments; `{name}` matches one segment
  std::vector<std::string> methods;
  std::map<std::string, std::string> headers;  ///< name -> exact value
  bool strip_prefix = true;                    ///< the matched prefix is not sent upstream
  friend bool operator==(const Route&, const Route&) = default;
};

struct Access {
  bool is_public = false;  ///< callable without a credential for the gateway
  std::vector<std::string> permissions = {"gateway:call"};
  friend bool operator==(const Access&, const Access&) = default;
};

struct Api {
  /// Whose it is: callable by callers of this tenant; the platform's by those of all tenants.
  TenantId tenant{kPlatformTenant};
  std::string name;  ///< `[A-Za-z0-9_-]{1,64}`, in all tenants one tenant's
  ApiKind kind = ApiKind::Http;
  std::string description;
  bool enabled = true;
  std::string version = "v1";
  bool is_default_version = false;  ///< the only version of a name is the default anyway
  /// Share of the calls that name no version, 0..1000; when all versions have 0, the default gets
  /// them all.
  std::uint32_t traffic_weight = 0;
  Deprecation deprecation;
  std::optional<Mirror> mirror;
  std::string connector = "http";
  std::string credential;  ///< name of a Credential; empty for none
  Upstream upstream;
  std::vector<Route> routes;  ///< `/proxy/{name}` when empty
  Access access;
  Transformation transform;
  std::optional<CachePolicy> cache;
  std::vector<ErrorReply> error_replies;
  std::vector<Fallback> fallback;
  /// Priority and cost of calls; where none matches: one of weight 1 and the class of the kind.
  std::vector<CallRule> call_rules;
  Validation validation;
  std::uint64_t max_body_bytes = 64ull << 20;
  milliseconds slow_threshold{1'000};  ///< calls above it are logged as slow
  friend bool operator==(const Api&, const Api&) = default;
};

/// A secret for an upstream. `kind` says which fields it has:
///   header {name, value} · bearer {token} · basic {username, password} · query_key {name, value} ·
///   hmac {key, secret} · ed25519 {key, private_key (PEM, PKCS#8)}
struct Credential {
  std::string name;  ///< unique in the tenant
  std::string kind;
  std::map<std::string, Secret> fields;
  TenantId tenant{kPlatformTenant};  ///< whose Apis may use it
  friend bool operator==(const Credential&, const Credential&) = default;
};

/// Which lists a document names. Of one that it does not name it says nothing: what is stored of
/// that kind stays. An empty list says that there shall be none.
struct NamedLists {
  bool credentials = true;
  bool apis = true;
  bool quotas = true;
  bool circuit_breakers = true;
  bool alert_rules = true;
};

/// All that is configured. A value: loaded, validated, then compiled into a Snapshot.
struct Configuration {
  std::vector<Api> apis;
  std::vector<Credential> credentials;
  std::vector<TrustedIssuer> token_issuers;
  std::vector<Quota> quotas;
  std::vector<BreakerRule> circuit_breakers;
  std::vector<AlertRule> alert_rules;
  NamedLists named{};
};

}  // namespace apiforge::model
