// What was read from the metric cells at one moment, added up over the workers. Plain values for
// the Prometheus page and for the statistics of the control API.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "observe/call_metrics.hpp"
#include "observe/histogram.hpp"

namespace apiforge::observe {

struct EndpointReading {
  std::string url;
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::int64_t in_flight = 0;
  std::int64_t ejected_workers = 0;  ///< workers that send nothing to it
  bool down = false;                 ///< its health checks fail
  std::int64_t ewma_ns = 0;          ///< mean over the workers that have called it
  std::int64_t connections_open = 0;
  std::int64_t connections_idle = 0;
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t reused = 0;
  LatencyCounts latency;  ///< time to the reply's head
};

struct ApiReading {
  std::string name;
  std::string version;
  std::array<std::array<std::uint64_t, kStatusClasses.size()>, kMethodNames.size()> requests{};
  std::array<std::uint64_t, kErrorSources.size()> errors{};
  std::uint64_t slow = 0;
  std::uint64_t retries = 0;
  std::uint64_t hedges = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t fallbacks = 0;
  std::uint64_t declared_errors = 0;
  std::uint64_t limited = 0;  ///< refused by a limit, or sent into the fallback chain by it
  std::array<std::uint64_t, kPriorityNames.size()> shed{};  ///< the same for too much load
  std::uint64_t breaker_rejected = 0;                       ///< the same by a circuit breaker
  std::uint64_t degraded = 0;       ///< of these three, those that were answered all the same
  std::uint64_t usage_unknown = 0;  ///< charged as reserved: the reply did not tell what was used
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::int64_t in_flight = 0;
  LatencyCounts latency;
  LatencyCounts upstream_latency;
  std::vector<EndpointReading> endpoints;  ///< sorted by URL

  std::uint64_t calls() const;
  /// Those that count as errors: 5xx, or told of an error in the reply.
  std::uint64_t failed_calls() const;
  std::uint64_t shed_calls() const;
  /// Adds the numbers of another, but for its endpoints.
  void merge(const ApiReading& other);
};

struct TenantReading {
  std::string tenant;  ///< its id, or TenantTable::kOther, or kAnonymous
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::array<std::uint64_t, kErrorSources.size()> errors_by_source{};
  std::uint64_t retries = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::int64_t in_flight = 0;
  LatencyCounts latency;
};

/// What was called, by whom, and with which success.
struct CallReading {
  std::vector<ApiReading> apis;        ///< sorted by name and version
  std::vector<TenantReading> tenants;  ///< sorted by tenant
};

struct WorkerReading {
  std::size_t index = 0;
  std::int64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t requests = 0;
  std::uint64_t log_lines_dropped = 0;
  std::int64_t loop_lag_ns = 0;
};

/// A number from elsewhere: a connector's used weight, the snapshot's revision. A name that ends in
/// `_total` is a counter, any other a gauge. The label values come from configuration, not traffic.
struct ExtraReading {
  std::string name;
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

/// The process, as in Prometheus' own client libraries (`process_*`).
struct ProcessReading {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_descriptors = 0;
  double max_descriptors = 0;
};

/// From /proc/self and getrusage; what cannot be read is 0. Any thread; some system calls.
ProcessReading read_process();

struct BuildInfo {
  std::string version;
  std::string compiler;
};

struct MetricsReading {
  BuildInfo build;
  WallTime started{};
  ProcessReading process;
  std::vector<ApiReading> apis;        ///< sorted by name and version
  std::vector<WorkerReading> workers;  ///< sorted by index
  std::vector<ExtraReading> extras;
};

/// The text exposition format, version 0.0.4. Series that are zero for a method and class of status
/// are left out. Pure.
std::string to_prometheus(const MetricsReading& reading);

}  // namespace apiforge::observe
