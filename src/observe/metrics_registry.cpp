#include "observe/metrics_registry.hpp"

#include <algorithm>
#include <utility>

namespace apiforge::observe {
namespace {

/// The living cells at `worker`, or new ones.
template <class Cells>
std::shared_ptr<Cells> cells_at(std::vector<std::weak_ptr<Cells>>& by_worker, std::size_t worker) {
  if (by_worker.size() <= worker) by_worker.resize(worker + 1);
  auto cells = by_worker[worker].lock();
  if (cells) return cells;
  // Not make_shared: the weak_ptr would keep the memory of dead cells.
  cells.reset(new Cells);
  by_worker[worker] = cells;
  return cells;
}

template <class Cells>
bool all_vanished(const std::vector<std::weak_ptr<Cells>>& by_worker) {
  return std::all_of(by_worker.begin(), by_worker.end(),
                     [](const auto& cells) { return cells.expired(); });
}

template <class Cells, class Visit>
void for_each_living(const std::vector<std::weak_ptr<Cells>>& by_worker, Visit visit) {
  for (const auto& weak : by_worker) {
    if (const auto cells = weak.lock()) visit(*cells);
  }
}

void add_cells(ApiReading& reading, const ApiCells& cells) {
  for (std::size_t method = 0; method < kMethodNames.size(); ++method) {
    for (std::size_t status = 0; status < kStatusClasses.size(); ++status) {
      reading.requests[method][status] += cells.requests[method][status].value();
    }
  }
  for (std::size_t source = 0; source < kErrorSources.size(); ++source) {
    reading.errors[source] += cells.errors[source].value();
  }
  reading.slow += cells.slow.value();
  reading.retries += cells.retries.value();
  reading.hedges += cells.hedges.value();
  reading.cache_hits += cells.cache_hits.value();
  reading.fallbacks += cells.fallbacks.value();
  reading.declared_errors += cells.declared_errors.value();
  reading.limited += cells.limited.value();
  for (std::size_t i = 0; i < cells.shed.size(); ++i) reading.shed[i] += cells.shed[i].value();
  reading.breaker_rejected += cells.breaker_rejected.value();
  reading.degraded += cells.degraded.value();
  reading.usage_unknown += cells.usage_unknown.value();
  reading.bytes_in += cells.bytes_in.value();
  reading.bytes_out += cells.bytes_out.value();
  reading.in_flight += cells.in_flight.value();
  cells.latency.add_to(reading.latency);
  cells.upstream_latency.add_to(reading.upstream_latency);
}

EndpointReading read_endpoint(const std::string& url,
                              const std::vector<std::weak_ptr<EndpointCells>>& by_worker) {
  EndpointReading reading;
  reading.url = url;
  std::int64_t ewma_sum = 0;
  std::int64_t ewma_workers = 0;
  for_each_living(by_worker, [&](const EndpointCells& cells) {
    reading.calls += cells.calls.value();
    reading.failures += cells.failures.value();
    reading.in_flight += cells.in_flight.value();
    reading.ejected_workers += cells.ejected.value();
    reading.down = reading.down || cells.down.value() != 0;
    reading.connections_open += cells.connections_open.value();
    reading.connections_idle += cells.connections_idle.value();
    reading.connects += cells.connects.value();
    reading.connect_failures += cells.connect_failures.value();
    reading.reused += cells.reused.value();
    cells.latency.add_to(reading.latency);
    ewma_sum += cells.ewma_ns.value();
    ewma_workers += cells.ewma_ns.value() > 0 ? 1 : 0;
  });
  if (ewma_workers > 0) reading.ewma_ns = ewma_sum / ewma_workers;
  return reading;
}

std::vector<TenantReading> read_tenants(const std::vector<std::weak_ptr<WorkerCells>>& workers) {
  std::map<std::string, TenantReading, std::less<>> by_tenant;
  for_each_living(workers, [&](const WorkerCells& worker) {
    worker.tenants.for_each([&](std::string_view tenant, const TenantCells& cells) {
      TenantReading& reading = by_tenant[std::string(tenant)];
      reading.calls += cells.calls.value();
      reading.errors += cells.errors.value();
      for (std::size_t source = 0; source < kErrorSources.size(); ++source) {
        reading.errors_by_source[source] += cells.errors_by_source[source].value();
      }
      reading.retries += cells.retries.value();
      reading.cache_hits += cells.cache_hits.value();
      reading.bytes_in += cells.bytes_in.value();
      reading.bytes_out += cells.bytes_out.value();
      reading.in_flight += cells.in_flight.value();
      cells.latency.add_to(reading.latency);
    });
  });
  std::vector<TenantReading> readings;
  readings.reserve(by_tenant.size());
  for (auto& [tenant, reading] : by_tenant) {
    reading.tenant = tenant;
    readings.push_back(std::move(reading));
  }
  return readings;
}

WorkerReading read_worker(std::size_t index, const WorkerCells& cells) {
  return {.index = index,
          .connections_open = cells.connections_open.value(),
          .connections_accepted = cells.connections_accepted.value(),
          .connections_refused = cells.connections_refused.value(),
          .requests = cells.requests.value(),
          .log_lines_dropped = cells.log_lines_dropped.value(),
          .loop_lag_ns = cells.loop_lag_ns.value()};
}

}  // namespace

std::shared_ptr<ApiCells> MetricsRegistry::api(std::size_t worker, std::string_view name,
                                               std::string_view version) {
  const std::lock_guard lock(mutex_);
  return cells_at(entry(name, version).cells, worker);
}

std::shared_ptr<EndpointCells> MetricsRegistry::endpoint(std::size_t worker, std::string_view name,
                                                         std::string_view version,
                                                         std::string_view url) {
  const std::lock_guard lock(mutex_);
  auto& endpoints = entry(name, version).endpoints;
  return cells_at(endpoints.try_emplace(std::string(url)).first->second, worker);
}

std::shared_ptr<WorkerCells> MetricsRegistry::worker(std::size_t index) {
  const std::lock_guard lock(mutex_);
  return cells_at(workers_, index);
}

void MetricsRegistry::add_source(Source source) {
  const std::lock_guard lock(mutex_);
  sources_.push_back(std::move(source));
}

MetricsRegistry::ApiEntry& MetricsRegistry::entry(std::string_view name, std::string_view version) {
  // A program that nobody scrapes must not collect the names of all past configurations.
  if (apis_.size() >= clean_at_) {
    forget_the_vanished();
    clean_at_ = std::max(clean_at_, 2 * apis_.size());
  }
  return apis_[ApiKey{std::string(name), std::string(version)}];
}

void MetricsRegistry::forget_the_vanished() {
  for (auto& [key, entry] : apis_) {
    std::erase_if(entry.endpoints, [](const auto& item) { return all_vanished(item.second); });
  }
  std::erase_if(apis_, [](const auto& item) {
    return all_vanished(item.second.cells) && item.second.endpoints.empty();
  });
}

std::vector<ApiReading> MetricsRegistry::read_apis() {
  const std::lock_guard lock(mutex_);
  return apis_now();
}

std::vector<ApiReading> MetricsRegistry::apis_now() {
  forget_the_vanished();
  std::vector<ApiReading> readings;
  readings.reserve(apis_.size());
  for (const auto& [key, entry] : apis_) {
    auto& api = readings.emplace_back();
    api.name = key.name;
    api.version = key.version;
    for_each_living(entry.cells, [&](const ApiCells& cells) { add_cells(api, cells); });
    for (const auto& [url, by_worker] : entry.endpoints) {
      api.endpoints.push_back(read_endpoint(url, by_worker));
    }
  }
  return readings;
}

CallReading MetricsRegistry::read_calls() {
  CallReading reading;
  const std::lock_guard lock(mutex_);
  reading.apis = apis_now();
  reading.tenants = read_tenants(workers_);
  return reading;
}

MetricsReading MetricsRegistry::read() {
  MetricsReading reading;
  reading.build = build_;
  reading.started = started_;
  reading.process = read_process();
  const std::lock_guard lock(mutex_);
  reading.apis = apis_now();
  for (std::size_t index = 0; index < workers_.size(); ++index) {
    if (const auto cells = workers_[index].lock()) {
      reading.workers.push_back(read_worker(index, *cells));
    }
  }
  for (const auto& source : sources_) source(reading.extras);
  return reading;
}

}  // namespace apiforge::observe
