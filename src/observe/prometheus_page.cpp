// to_prometheus: readings as metric families. Names follow prometheus.io/docs/practices/naming.
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>

#include "observe/metrics_reading.hpp"

namespace apiforge::observe {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

/// A number of a reading and how it is shown.
template <class Reading>
struct Column {
  const char* name;
  const char* help;
  double (*value)(const Reading&);
};

constexpr double to_seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) * 1e-9;
}
double number(std::uint64_t value) {
  return static_cast<double>(value);
}
double number(std::int64_t value) {
  return static_cast<double>(value);
}

constexpr std::array kApiColumns{
    Column<ApiReading>{"apiforge_in_flight", "Calls that have begun and not ended.",
                       [](const ApiReading& api) { return number(api.in_flight); }},
    Column<ApiReading>{"apiforge_slow_requests_total", "Calls above the slow threshold of the API.",
                       [](const ApiReading& api) { return number(api.slow); }},
    Column<ApiReading>{"apiforge_retries_total", "Attempts after the first.",
                       [](const ApiReading& api) { return number(api.retries); }},
    Column<ApiReading>{"apiforge_hedges_total", "Attempts that were sent beside another.",
                       [](const ApiReading& api) { return number(api.hedges); }},
    Column<ApiReading>{"apiforge_cache_hits_total", "Calls answered from the cache.",
                       [](const ApiReading& api) { return number(api.cache_hits); }},
    Column<ApiReading>{"apiforge_fallbacks_total", "Calls answered by a fallback.",
                       [](const ApiReading& api) { return number(api.fallbacks); }},
    Column<ApiReading>{"apiforge_declared_errors_total",
                       "Replies below 500 that tell of an error in their body.",
                       [](const ApiReading& api) { return number(api.declared_errors); }},
    Column<ApiReading>{"apiforge_limited_total",
                       "Calls that a limit, quota or budget did not let through.",
                       [](const ApiReading& api) { return number(api.limited); }},
    Column<ApiReading>{"apiforge_breaker_rejected_total",
                       "Calls that a circuit breaker did not let through.",
                       [](const ApiReading& api) { return number(api.breaker_rejected); }},
    Column<ApiReading>{"apiforge_degraded_total",
                       "Calls that were not let through and answered all the same.",
                       [](const ApiReading& api) { return number(api.degraded); }},
    Column<ApiReading>{"apiforge_usage_unknown_total",
                       "Calls charged as reserved, as the reply did not tell what was used.",
                       [](const ApiReading& api) { return number(api.usage_unknown); }},
    Column<ApiReading>{"apiforge_request_bytes_total", "Body bytes received from callers.",
                       [](const ApiReading& api) { return number(api.bytes_in); }},
    Column<ApiReading>{"apiforge_response_bytes_total", "Body bytes sent to callers.",
                       [](const ApiReading& api) { return number(api.bytes_out); }},
};

constexpr std::array kEndpointColumns{
    Column<EndpointReading>{"apiforge_upstream_calls_total", "Attempts sent to the endpoint.",
                            [](const EndpointReading& e) { return number(e.calls); }},
    Column<EndpointReading>{"apiforge_upstream_failures_total",
                            "Attempts that failed and count against the endpoint.",
                            [](const EndpointReading& e) { return number(e.failures); }},
    Column<EndpointReading>{"apiforge_upstream_in_flight", "Attempts that wait for the endpoint.",
                            [](const EndpointReading& e) { return number(e.in_flight); }},
    Column<EndpointReading>{"apiforge_upstream_ejected_workers",
                            "Workers that send nothing to the endpoint after failures.",
                            [](const EndpointReading& e) { return number(e.ejected_workers); }},
    Column<EndpointReading>{"apiforge_upstream_down", "1 while the endpoint's health checks fail.",
                            [](const EndpointReading& e) { return e.down ? 1.0 : 0.0; }},
    Column<EndpointReading>{"apiforge_upstream_ewma_seconds",
                            "Moving average of the time to the head of the reply.",
                            [](const EndpointReading& e) { return to_seconds(e.ewma_ns); }},
    Column<EndpointReading>{"apiforge_upstream_connections_open",
                            "Open connections, idle included.",
                            [](const EndpointReading& e) { return number(e.connections_open); }},
    Column<EndpointReading>{"apiforge_upstream_connections_idle", "Connections that wait for use.",
                            [](const EndpointReading& e) { return number(e.connections_idle); }},
    Column<EndpointReading>{"apiforge_upstream_connects_total", "Connections that were opened.",
                            [](const EndpointReading& e) { return number(e.connects); }},
    Column<EndpointReading>{"apiforge_upstream_connect_failures_total",
                            "Connections that could not be opened.",
                            [](const EndpointReading& e) { return number(e.connect_failures); }},
    Column<EndpointReading>{"apiforge_upstream_connections_reused_total",
                            "Attempts that found an idle connection.",
                            [](const EndpointReading& e) { return number(e.reused); }},
};

constexpr std::array kWorkerColumns{
    Column<WorkerReading>{"apiforge_worker_connections", "Open connections of callers.",
                          [](const WorkerReading& w) { return number(w.connections_open); }},
    Column<WorkerReading>{"apiforge_worker_connections_accepted_total", "Connections accepted.",
                          [](const WorkerReading& w) { return number(w.connections_accepted); }},
    Column<WorkerReading>{"apiforge_worker_connections_refused_total",
                          "Connections refused for lack of room.",
                          [](const WorkerReading& w) { return number(w.connections_refused); }},
    Column<WorkerReading>{"apiforge_worker_requests_total", "Requests read.",
                          [](const WorkerReading& w) { return number(w.requests); }},
    Column<WorkerReading>{"apiforge_worker_log_lines_dropped_total",
                          "Log lines dropped because the log thread fell behind.",
                          [](const WorkerReading& w) { return number(w.log_lines_dropped); }},
    Column<WorkerReading>{"apiforge_worker_loop_lag_seconds", "How late the last tick came.",
                          [](const WorkerReading& w) { return to_seconds(w.loop_lag_ns); }},
};

constexpr std::array kProcessColumns{
    Column<ProcessReading>{"process_cpu_seconds_total", "User and system CPU time.",
                           [](const ProcessReading& p) { return p.cpu_seconds; }},
    Column<ProcessReading>{"process_resident_memory_bytes", "Resident memory.",
                           [](const ProcessReading& p) { return p.resident_bytes; }},
    Column<ProcessReading>{"process_virtual_memory_bytes", "Virtual memory.",
                           [](const ProcessReading& p) { return p.virtual_bytes; }},
    Column<ProcessReading>{"process_open_fds", "Open file descriptors.",
                           [](const ProcessReading& p) { return p.open_descriptors; }},
    Column<ProcessReading>{"process_max_fds", "File descriptors that may be open.",
                           [](const ProcessReading& p) { return p.max_descriptors; }},
};

MetricFamily family(std::string name, std::string help) {
  const bool counts = name.ends_with("_total");
  return {std::move(name), std::move(help), counts ? MetricType::Counter : MetricType::Gauge, {}};
}

void add(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

Labels labels_of(const ApiReading& api) {
  return {{"api", api.name}, {"version", api.version}};
}

Labels with(Labels labels, std::string name, std::string_view value) {
  labels.push_back({std::move(name), std::string(value)});
  return labels;
}

MetricFamily requests(const std::vector<ApiReading>& apis) {
  auto result = family("apiforge_requests_total", "Finished calls.");
  for (const ApiReading& api : apis) {
    for (std::size_t method = 0; method < kMethodNames.size(); ++method) {
      for (std::size_t status = 0; status < kStatusClasses.size(); ++status) {
        const std::uint64_t count = api.requests[method][status];
        if (count == 0) continue;
        auto labels = with(labels_of(api), "method", kMethodNames[method]);
        add(result, with(std::move(labels), "code_class", kStatusClasses[status]), number(count));
      }
    }
  }
  return result;
}

MetricFamily shed(const std::vector<ApiReading>& apis) {
  auto result = family("apiforge_shed_total", "Calls that were not let through for too much load.");
  for (const ApiReading& api : apis) {
    for (std::size_t i = 0; i < kPriorityNames.size(); ++i) {
      if (api.shed[i] == 0) continue;
      add(result, with(labels_of(api), "class", kPriorityNames[i]), number(api.shed[i]));
    }
  }
  return result;
}

MetricFamily errors(const std::vector<ApiReading>& apis) {
  auto result = family("apiforge_errors_total", "Calls that ended in an error, by who has to act.");
  for (const ApiReading& api : apis) {
    for (std::size_t source = 0; source < kErrorSources.size(); ++source) {
      add(result, with(labels_of(api), "source", kErrorSources[source]),
          number(api.errors[source]));
    }
  }
  return result;
}

MetricFamily durations(const std::vector<ApiReading>& apis, std::string name, std::string help,
                       LatencyCounts ApiReading::* counts) {
  MetricFamily result{std::move(name), std::move(help), MetricType::Histogram, {}};
  for (const ApiReading& api : apis) {
    ClientMetric metric;
    metric.label = labels_of(api);
    metric.histogram.sample_count = (api.*counts).total();
    metric.histogram.sample_sum = static_cast<double>((api.*counts).sum_ns) * 1e-9;
    const auto cumulative = cumulative_counts(api.*counts);
    for (std::size_t i = 0; i < cumulative.size(); ++i) {
      metric.histogram.bucket.push_back({cumulative[i], kExportBounds[i]});
    }
    result.metric.push_back(std::move(metric));
  }
  return result;
}

void add_apis(std::vector<MetricFamily>& page, const std::vector<ApiReading>& apis) {
  page.push_back(requests(apis));
  page.push_back(errors(apis));
  page.push_back(shed(apis));
  page.push_back(durations(apis, "apiforge_request_duration_seconds",
                           "From the head of the request to the end of the reply.",
                           &ApiReading::latency));
  page.push_back(durations(apis, "apiforge_upstream_duration_seconds",
                           "Time of a call that was spent waiting for upstreams.",
                           &ApiReading::upstream_latency));
  for (const auto& column : kApiColumns) {
    auto& shown = page.emplace_back(family(column.name, column.help));
    for (const ApiReading& api : apis) add(shown, labels_of(api), column.value(api));
  }
  for (const auto& column : kEndpointColumns) {
    auto& shown = page.emplace_back(family(column.name, column.help));
    for (const ApiReading& api : apis) {
      for (const EndpointReading& endpoint : api.endpoints) {
        add(shown, with(labels_of(api), "endpoint", endpoint.url), column.value(endpoint));
      }
    }
  }
}

void add_workers(std::vector<MetricFamily>& page, const std::vector<WorkerReading>& workers) {
  add(page.emplace_back(family("apiforge_workers", "Worker threads.")), {}, number(workers.size()));
  for (const auto& column : kWorkerColumns) {
    auto& shown = page.emplace_back(family(column.name, column.help));
    for (const WorkerReading& worker : workers) {
      add(shown, {{"worker", std::to_string(worker.index)}}, column.value(worker));
    }
  }
}

void add_extras(std::vector<MetricFamily>& page, const std::vector<ExtraReading>& extras) {
  std::map<std::string, MetricFamily> families;
  for (const ExtraReading& extra : extras) {
    auto& shown = families.try_emplace(extra.name, family(extra.name, extra.help)).first->second;
    Labels labels;
    for (const auto& [name, value] : extra.labels) labels.push_back({name, value});
    add(shown, std::move(labels), extra.value);
  }
  for (auto& [name, shown] : families) page.push_back(std::move(shown));
}

void add_process(std::vector<MetricFamily>& page, const MetricsReading& reading) {
  add(page.emplace_back(family("apiforge_build_info", "Always 1; the build is in the labels.")),
      {{"version", reading.build.version}, {"compiler", reading.build.compiler}}, 1);
  add(page.emplace_back(family("process_start_time_seconds", "Start, in Unix time.")), {},
      static_cast<double>(unix_milliseconds(reading.started)) * 1e-3);
  for (const auto& column : kProcessColumns) {
    add(page.emplace_back(family(column.name, column.help)), {}, column.value(reading.process));
  }
}

}  // namespace

std::string to_prometheus(const MetricsReading& reading) {
  std::vector<MetricFamily> page;
  add_apis(page, reading.apis);
  add_workers(page, reading.workers);
  add_extras(page, reading.extras);
  add_process(page, reading);
  // A family without series is not part of the page.
  std::erase_if(page, [](const MetricFamily& family) { return family.metric.empty(); });
  return prometheus::TextSerializer().Serialize(page);
}

}  // namespace apiforge::observe
