#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "observe/call_log.hpp"
#include "observe/log_sink.hpp"

namespace apiforge::observe {
namespace {

CallRecord typical_call() {
  CallRecord call;
  call.api = "binance";
  call.version = "v3";
  call.method = "GET";
  call.method_slot = 0;
  call.status = 200;
  call.path = "/api/v3/ticker/bookTicker";
  call.latency_ns = 1'234'567;
  call.upstream_ns = 1'199'000;
  call.tenant = "desk-1";
  call.key = "ak_7f3a";
  call.attempts = 1;
  call.request_id = "0197d3e2c4b87a10b1f2a3c4d5e6f708";
  call.bytes_out = 842;
  call.endpoint = "https://api.example.com";
  call.client = "10.20.30.40";
  return call;
}

void format_line(benchmark::State& state) {
  const auto format = static_cast<LineFormat>(state.range(0));
  const CallRecord call = typical_call();
  LineStamp stamp;
  std::array<char, kMaxCallLine> line;
  WallTime now{std::chrono::seconds(1'800'000'000)};
  for (auto _ : state) {
    now += std::chrono::microseconds(50);
    benchmark::DoNotOptimize(append_call_line(line.data(), call, now, stamp, format));
  }
}
BENCHMARK(format_line)->Arg(0)->Arg(1)->ArgName("json");

void escape_hostile_path(benchmark::State& state) {
  const std::string path =
      "/a b/\"slow\"/\n2026 ERROR API_CALL x status=200" + std::string(400, '\x01');
  std::array<char, value_room(512)> out;
  for (auto _ : state) benchmark::DoNotOptimize(append_value(out.data(), path, 512));
}
BENCHMARK(escape_hostile_path);

/// Everything a call costs in CPU: metrics, line, and the log thread's work of writing it to a
/// file. Both run on one thread here, in turns as long as those at 50,000 calls a second.
void metrics_and_line_to_file(benchmark::State& state) {
  constexpr int kCallsPerTurn = 1'000;
  const auto folder =
      std::filesystem::temp_directory_path() / ("apiforge-bench-" + std::to_string(system_seed()));
  LogSettings settings;
  settings.file = {.path = folder / "calls.log", .max_bytes = 64ull << 20, .max_files = 1};
  const SystemClock clock;
  const auto sink = LogSink::open(settings, clock);
  const auto writer = (*sink)->add_writer(std::make_shared<WorkerCells>());
  const auto api = std::make_unique<ApiCells>();
  const CallRecord call = typical_call();
  WallTime now = clock.wall();
  for (auto _ : state) {
    for (int i = 0; i < kCallsPerTurn; ++i) {
      now += std::chrono::microseconds(20);
      api->record(call);
      writer->append(call, now);
    }
    (*sink)->drain();
  }
  state.counters["per_call"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kCallsPerTurn,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  std::filesystem::remove_all(folder);
}
BENCHMARK(metrics_and_line_to_file)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace apiforge::observe
