// Workers that count while the page is read and the configuration changes; meant for the thread
// sanitizer.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "observe/metrics_registry.hpp"

namespace apiforge::observe {
namespace {

TEST(MetricsConcurrency, loses_no_call_while_pages_are_read) {
  constexpr std::size_t kWorkers = 2;
  constexpr std::uint64_t kCalls = 20'000;
  MetricsRegistry registry({}, WallTime{});
  std::vector<std::shared_ptr<ApiCells>> cells;
  for (std::size_t i = 0; i < kWorkers; ++i) cells.push_back(registry.api(i, "a", "v1"));
  std::vector<std::thread> workers;
  for (const auto& own : cells) {
    workers.emplace_back([own] {
      CallRecord call;
      call.status = 200;
      for (std::uint64_t n = 0; n < kCalls; ++n) own->record(call);
    });
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_LE(registry.read().apis.at(0).calls(), kWorkers * kCalls);
    (void)registry.api(0, "short-lived", std::to_string(i));
  }
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(registry.read().apis.at(0).calls(), kWorkers * kCalls);
}

TEST(MetricsConcurrency, tenants_that_come_while_they_are_read_are_whole) {
  constexpr std::size_t kTenants = 500;
  MetricsRegistry registry({}, WallTime{});
  const auto cells = registry.worker(0);
  std::thread worker([cells] {
    for (std::size_t i = 0; i < 4 * kTenants; ++i) {
      const std::string tenant = "tenant-" + std::to_string(i % kTenants);
      CallRecord call;
      call.tenant = tenant;
      cells->tenants.record(call);
    }
  });
  for (int i = 0; i < 20; ++i) {
    for (const TenantReading& reading : registry.read_calls().tenants) {
      EXPECT_TRUE(reading.tenant.starts_with("tenant-"));
      EXPECT_LE(reading.calls, 4u);
    }
  }
  worker.join();
  EXPECT_EQ(registry.read_calls().tenants.size(), kTenants);
}

}  // namespace
}  // namespace apiforge::observe
