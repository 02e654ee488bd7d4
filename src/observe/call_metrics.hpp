// The metric cells of calls, endpoints and workers. Each group belongs to one worker, which alone
// writes it; any thread reads. Made by MetricsRegistry, kept alive by the snapshot that uses them.
#pragma once
#include <array>
#include <cstddef>

#include "observe/call_record.hpp"
#include "observe/cells.hpp"
#include "observe/histogram.hpp"
#include "observe/tenant_table.hpp"

namespace apiforge::observe {

/// Label values of `method`, in the order of net::Method.
inline constexpr std::array<std::string_view, 10> kMethodNames{
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "OTHER"};

/// Label values of `code_class`; `none` is a call that ended before a status was sent.
inline constexpr std::array<std::string_view, 6> kStatusClasses{"1xx", "2xx", "3xx",
                                                                "4xx", "5xx", "none"};
constexpr std::size_t status_class(int status) {
  return status >= 100 && status < 600 ? static_cast<std::size_t>(status / 100 - 1) : 5;
}

/// Label values of `class`.
inline constexpr std::array<std::string_view, 5> kPriorityNames{"admin", "cancel", "order", "data",
                                                                "batch"};

/// Cells start on a cache line of their own, so that workers do not slow each other down.
inline constexpr std::size_t kCacheLine = 64;

/// One Api version on one worker.
struct alignas(kCacheLine) ApiCells {
  std::array<std::array<Counter, kStatusClasses.size()>, kMethodNames.size()> requests;
  std::array<Counter, kErrorSources.size()> errors;
  Counter slow;
  Counter retries;
  Counter hedges;           ///< attempts that were sent beside another
  Counter cache_hits;       ///< calls answered from the cache
  Counter fallbacks;        ///< calls answered by a step of `fallback`
  Counter declared_errors;  ///< replies below 500 that tell of an error in their body
  Counter limited;          ///< calls that a limit, quota or budget did not let through
  /// Calls that were not let through for too much load.
  std::array<Counter, kPriorityNames.size()> shed;
  Counter breaker_rejected;  ///< calls that a circuit breaker did not let through
  Counter degraded;          ///< calls of these three kinds that were answered all the same
  Counter usage_unknown;     ///< calls charged as reserved, as the reply did not tell what was used
  Counter bytes_in;
  Counter bytes_out;
  Gauge in_flight;  ///< written by the gateway where a call begins and ends
  LatencyCell latency;
  LatencyCell upstream_latency;  ///< calls that reached an upstream

  /// Counts a finished call. Everything but `in_flight`.
  void record(const CallRecord& call);
};
// A configuration may have 10 000 Apis, for each of up to 256 workers.
static_assert(sizeof(ApiCells) <= 1 << 10);

/// One endpoint of an Api version on one worker.
struct alignas(kCacheLine) EndpointCells {
  Counter calls;     ///< attempts sent
  Counter failures;  ///< attempts that count against the endpoint
  Gauge in_flight;
  Gauge ejected;        ///< 1 while this worker sends nothing to it
  Gauge down;           ///< 1 while its health checks fail
  Gauge ewma_ns;        ///< moving average of the time to the reply's head
  LatencyCell latency;  ///< time to the reply's head, of attempts that were answered
  Gauge connections_open;
  Gauge connections_idle;
  Counter connects;
  Counter connect_failures;
  Counter reused;  ///< attempts that found an idle connection
};

/// One worker.
struct alignas(kCacheLine) WorkerCells {
  Gauge connections_open;
  Counter connections_accepted;
  Counter connections_refused;  ///< for lack of room
  Counter requests;
  Counter log_lines_dropped;
  Gauge loop_lag_ns;  ///< how late the last tick of the worker came
  TenantTable tenants;
};

}  // namespace apiforge::observe
