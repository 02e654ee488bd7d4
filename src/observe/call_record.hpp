// CallRecord: what is told of a finished call to the metrics and the log. Views and numbers only;
// it lives for one statement on the worker that served the call.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/error_codes.hpp"

namespace apiforge::observe {

/// Label values of `source`, in the order of ErrorSource.
inline constexpr std::array<std::string_view, 3> kErrorSources{"caller", "gateway", "upstream"};

/// Empty views are written as `-` (text) or `null` (JSON).
struct CallRecord {
  std::string_view api;           ///< configured name; empty when no route matched
  std::string_view version;       ///< configured version
  std::string_view method;        ///< as received
  std::uint8_t method_slot = 9;   ///< index into kMethodNames; 9 is any other method
  bool slow = false;              ///< above the Api's slow threshold
  int status = 0;                 ///< as sent to the caller; 0 when nothing was sent
  std::string_view path;          ///< canonical, without the query, which may hold secrets
  std::uint64_t latency_ns = 0;   ///< from the request's head to the end of the reply
  std::uint64_t upstream_ns = 0;  ///< spent waiting for the upstream, all attempts; 0 for none
  std::string_view tenant;
  std::string_view key;        ///< id of the API key, never the key, or `user:<name>` of a token
  std::uint32_t attempts = 0;  ///< sent to upstreams
  std::string_view request_id;
  std::uint64_t bytes_in = 0;            ///< body bytes from the caller
  std::uint64_t bytes_out = 0;           ///< body bytes to the caller
  std::string_view endpoint;             ///< URL of the endpoint that answered last
  std::string_view client;               ///< address of the caller
  const ErrorCodeInfo* error = nullptr;  ///< a row of kErrorCodes, or null
  bool cached = false;                   ///< answered from the cache
  bool fell_back = false;                ///< answered by a step of `fallback`
  bool declared_error = false;           ///< the upstream's reply was one of `error_replies`
  std::uint32_t hedges = 0;              ///< attempts that were sent beside another
  std::string_view limited;   ///< name of the limit that refused it, also when a fallback answered
  std::string_view priority;  ///< one of kPriorityNames; empty where no route matched
  bool shed = false;          ///< not let through for too much load
  bool breaker_rejected = false;  ///< a circuit breaker did not let it through
  bool degraded = false;          ///< one of these three, and answered all the same
  bool usage_unknown = false;     ///< charged as reserved: the reply did not tell what was used
};

/// Whether statistics count the call as an error: 5xx, or a reply that says so itself.
inline bool counts_as_error(const CallRecord& call) {
  return call.status >= 500 || call.declared_error;
}

/// Attempts that followed one that had failed.
inline std::uint32_t retries_of(const CallRecord& call) {
  return call.attempts > call.hedges + 1 ? call.attempts - call.hedges - 1 : 0;
}

}  // namespace apiforge::observe
