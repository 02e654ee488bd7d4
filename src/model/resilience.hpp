// What an Api does when its upstream is slow, wrong or away, and when it has it all in its cache.
// Plain values as configured.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace apiforge::model {

using std::chrono::milliseconds;

enum class HealthCheckKind : std::uint8_t { Http, Tcp };

/// Active checks of each endpoint, off the workers.
struct HealthCheck {
  HealthCheckKind kind = HealthCheckKind::Http;
  std::string path = "/";          ///< of `GET`, behind the endpoint's prefix
  milliseconds interval{5'000};    ///< 10 % of jitter are added or taken
  milliseconds timeout{2'000};     ///< of one check, connecting included
  std::uint32_t healthy = 2;       ///< successes in a row that bring an endpoint back
  std::uint32_t unhealthy = 3;     ///< failures in a row that take it out
  std::uint32_t status_min = 200;  ///< replies from `status_min` to `status_max` are successes
  std::uint32_t status_max = 399;
  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

/// A second attempt beside the first, for reads (GET, HEAD, OPTIONS) that take long.
struct Hedge {
  milliseconds after{100};     ///< without a reply's head
  std::uint32_t percent = 10;  ///< of the calls at most, beside the retry budget
  friend bool operator==(const Hedge&, const Hedge&) = default;
};

enum class CacheScope : std::uint8_t {
  Tenant,  ///< callers of one tenant share replies
  Caller,  ///< each user or key has its own
  Shared   ///< all callers share; for public data only
};

/// Freshness for the replies below a path, instead of what they say themselves.
struct CacheRule {
  std::string path = "/";  ///< prefix by segments of the path that goes upstream
  milliseconds ttl{0};     ///< 0: never kept
  friend bool operator==(const CacheRule&, const CacheRule&) = default;
};

/// Caching of replies to GET and HEAD, as RFC 9111 says for a shared cache.
struct CachePolicy {
  CacheScope scope = CacheScope::Tenant;
  milliseconds default_ttl{
      0};  ///< for replies (200, 203, 204, 300, 301, 404, 410) that say nothing
  std::vector<CacheRule> rules{};          ///< the first that matches; they overrule Cache-Control
  milliseconds stale_while_revalidate{0};  ///< unless the reply says otherwise
  milliseconds stale_if_error{0};          ///< unless the reply says otherwise
  std::uint64_t max_object_bytes = 1 << 20;
  std::vector<std::string>
      key_headers{};          ///< request fields that are part of the key beside `Vary`
  bool single_flight = true;  ///< equal requests at the same time make one upstream call
  friend bool operator==(const CachePolicy&, const CachePolicy&) = default;
};

/// How to know a reply with status 200 that tells of an error. Every condition that is given must
/// hold; only JSON bodies of at most 64 KiB are looked at. Such a reply is never kept in the cache
/// and counts as an error of the upstream.
struct ErrorReply {
  std::string pointer{};                ///< JSON pointer to a member that is there
  std::optional<std::string> equals{};  ///< and has this JSON value
  friend bool operator==(const ErrorReply&, const ErrorReply&) = default;
};

enum class FallbackKind : std::uint8_t { StaleCache, Api, Reply };

/// One step of the chain that is tried when a call failed (`on`) and is not retried.
struct Fallback {
  /// Any of `connect`, `timeout`, `5xx`, `429`, `no_endpoint`, and of what the gateway itself
  /// refuses: `breaker` (open), `quota` (one with `on_exceed: degrade`), `shed`.
  std::vector<std::string> on = {"connect", "timeout", "5xx", "no_endpoint",
                                 "breaker", "quota",   "shed"};
  FallbackKind kind = FallbackKind::StaleCache;
  std::string api{};      ///< another Api, whose own access rules hold
  std::string version{};  ///< of it; empty: its default
  bool partial = false;   ///< its replies are less than what was asked for; callers are told so
  std::uint32_t status = 200;
  std::map<std::string, std::string> headers{};
  std::string body{};
  friend bool operator==(const Fallback&, const Fallback&) = default;
};

/// Reads are sent to another version as well; its replies are thrown away.
struct Mirror {
  std::string version{};
  std::uint32_t percent = 100;
  friend bool operator==(const Mirror&, const Mirror&) = default;
};

/// RFC 9745 and RFC 8594.
struct Deprecation {
  std::optional<WallTime> since{};   ///< `Deprecation`; may be in the future
  std::optional<WallTime> sunset{};  ///< `Sunset`
  std::string link{};                ///< a page about it, `Link` with rel="deprecation"
  bool empty() const { return !since && !sunset && link.empty(); }
  friend bool operator==(const Deprecation&, const Deprecation&) = default;
};

/// The requests that an OpenAPI document allows.
struct Validation {
  bool enforce = false;    ///< requests that break it are refused with 422 and pointers
  std::string document{};  ///< OpenAPI 3 as JSON text; empty: none
  bool empty() const { return document.empty(); }
  friend bool operator==(const Validation&, const Validation&) = default;
};

}  // namespace apiforge::model
