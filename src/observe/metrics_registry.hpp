// MetricsRegistry: hands out metric cells and reads them. A lock inside, so it is for building
// snapshots and for scrapes, never for the way of a call; any thread. Owned by the application.
//
// Cells live as long as a snapshot holds them. When the configuration is changed, the new snapshot
// asks for the same names and gets the same cells, so that counts go on; what no snapshot names any
// more vanishes with its series. So the number of series follows the configuration, not the
// traffic.
#pragma once
#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "observe/call_metrics.hpp"
#include "observe/metrics_reading.hpp"

namespace apiforge::observe {

class MetricsRegistry {
 public:
  MetricsRegistry(BuildInfo build, WallTime started)
      : build_(std::move(build)), started_(started) {}

  /// The cells of an Api version, an endpoint of it, or a worker, for the worker of that index.
  std::shared_ptr<ApiCells> api(std::size_t worker, std::string_view name,
                                std::string_view version);
  std::shared_ptr<EndpointCells> endpoint(std::size_t worker, std::string_view name,
                                          std::string_view version, std::string_view url);
  std::shared_ptr<WorkerCells> worker(std::size_t index);

  /// Called at each reading, on the thread that reads; must not call the registry. It stays for the
  /// life of the registry, and so must what it refers to.
  using Source = std::function<void(std::vector<ExtraReading>&)>;
  void add_source(Source source);

  /// All numbers, added up over the workers.
  MetricsReading read();
  /// Those of calls only; asks no source.
  CallReading read_calls();
  /// The same without those of tenants, which are many.
  std::vector<ApiReading> read_apis();
  /// The page for `GET /metrics`; its type is `text/plain; version=0.0.4`.
  std::string render() { return to_prometheus(read()); }

 private:
  struct ApiKey {
    std::string name;
    std::string version;
    auto operator<=>(const ApiKey&) const = default;
  };
  /// The cells of one subject by worker index.
  template <class Cells>
  using ByWorker = std::vector<std::weak_ptr<Cells>>;
  struct ApiEntry {
    ByWorker<ApiCells> cells;
    std::map<std::string, ByWorker<EndpointCells>, std::less<>> endpoints;
  };

  ApiEntry& entry(std::string_view name, std::string_view version);
  void forget_the_vanished();
  std::vector<ApiReading> apis_now();  // under the lock

  const BuildInfo build_;
  const WallTime started_;
  std::mutex mutex_;
  std::map<ApiKey, ApiEntry> apis_;
  ByWorker<WorkerCells> workers_;
  std::vector<Source> sources_;
  std::size_t clean_at_ = 64;  ///< entries at which the vanished are looked for without a reading
};

}  // namespace apiforge::observe
