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

}  // namespace
}  // namespace apiforge::observe
