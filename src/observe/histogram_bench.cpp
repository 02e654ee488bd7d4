#include <benchmark/benchmark.h>

#include <memory>

#include "base/random.hpp"
#include "observe/call_metrics.hpp"
#include "observe/histogram.hpp"

namespace apiforge::observe {
namespace {

void record_latency(benchmark::State& state) {
  LatencyHistogram histogram;
  Random random(1);
  std::array<std::uint64_t, 1024> latencies;
  for (auto& latency : latencies) latency = 50'000 + random.below(500'000);
  std::size_t i = 0;
  for (auto _ : state) histogram.record(latencies[i++ % latencies.size()]);
}
BENCHMARK(record_latency);

void record_all_metrics_of_a_call(benchmark::State& state) {
  const auto cells = std::make_unique<ApiCells>();
  const auto endpoint = std::make_unique<EndpointCells>();
  const auto worker = std::make_unique<WorkerCells>();
  Random random(1);
  std::array<CallRecord, 256> calls;
  for (auto& call : calls) {
    // Ids of tenants are as long as these; calls of several come in turns.
    call.tenant =
        random.below(2) == 0 ? "tn_01JQ8Z5C0V8W3B1N6M7K2R4T9X" : "tn_01JQ8Z5C0V8W3B1N6M7K2R4T9Y";
    call.method_slot = static_cast<std::uint8_t>(random.below(4));
    call.status = 200;
    call.attempts = 1;
    call.latency_ns = 60'000 + random.below(500'000);
    call.upstream_ns = call.latency_ns - 10'000;
    call.bytes_out = 84;
  }
  std::size_t i = 0;
  for (auto _ : state) {
    cells->in_flight.add(1);
    const CallRecord& call = calls[i++ % calls.size()];
    endpoint->latency.record(call.upstream_ns);
    cells->record(call);
    worker->tenants.record(call);
    cells->in_flight.add(-1);
  }
}
BENCHMARK(record_all_metrics_of_a_call);

void read_and_summarise(benchmark::State& state) {
  LatencyHistogram histogram;
  for (std::uint64_t ns = 1'000; ns < 1'000'000'000; ns += ns / 50) histogram.record(ns);
  for (auto _ : state) {
    LatencyCounts counts;
    histogram.add_to(counts);
    benchmark::DoNotOptimize(cumulative_counts(counts));
    benchmark::DoNotOptimize(counts.quantile(0.99));
  }
}
BENCHMARK(read_and_summarise);

}  // namespace
}  // namespace apiforge::observe
