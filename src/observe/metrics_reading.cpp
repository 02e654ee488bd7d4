#include "observe/metrics_reading.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <system_error>

namespace apiforge::observe {
namespace {

constexpr std::size_t kServerErrors = status_class(500);

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double count_open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  double count = 0;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

std::uint64_t ApiReading::calls() const {
  std::uint64_t sum = 0;
  for (const auto& by_class : requests) {
    for (const std::uint64_t count : by_class) sum += count;
  }
  return sum;
}

std::uint64_t ApiReading::failed_calls() const {
  std::uint64_t sum = declared_errors;
  for (const auto& by_class : requests) sum += by_class[kServerErrors];
  return sum;
}

std::uint64_t ApiReading::shed_calls() const {
  return std::accumulate(shed.begin(), shed.end(), std::uint64_t{0});
}

void ApiReading::merge(const ApiReading& other) {
  for (std::size_t method = 0; method < kMethodNames.size(); ++method) {
    for (std::size_t status = 0; status < kStatusClasses.size(); ++status) {
      requests[method][status] += other.requests[method][status];
    }
  }
  for (std::size_t source = 0; source < kErrorSources.size(); ++source) {
    errors[source] += other.errors[source];
  }
  slow += other.slow;
  retries += other.retries;
  hedges += other.hedges;
  cache_hits += other.cache_hits;
  fallbacks += other.fallbacks;
  declared_errors += other.declared_errors;
  limited += other.limited;
  for (std::size_t i = 0; i < shed.size(); ++i) shed[i] += other.shed[i];
  breaker_rejected += other.breaker_rejected;
  degraded += other.degraded;
  usage_unknown += other.usage_unknown;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  in_flight += other.in_flight;
  latency.merge(other.latency);
  upstream_latency.merge(other.upstream_latency);
}

ProcessReading read_process() {
  ProcessReading reading;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    reading.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  double virtual_pages = 0;
  double resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages) {
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    reading.virtual_bytes = virtual_pages * page;
    reading.resident_bytes = resident_pages * page;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    reading.max_descriptors = static_cast<double>(limit.rlim_cur);
  }
  reading.open_descriptors = count_open_descriptors();
  return reading;
}

}  // namespace apiforge::observe
