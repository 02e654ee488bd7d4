#include "observe/call_log.hpp"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <thread>

#include "base/random.hpp"
#include "observe/log_thread.hpp"

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
  const std::string path = "/a b/\"slow\"/\n2026 ERROR API_CALL x status=200" + std::string(400, '\x01');
  std::array<char, value_room(512)> out;
  for (auto _ : state) benchmark::DoNotOptimize(append_value(out.data(), path, 512));
}
BENCHMARK(escape_hostile_path);

/// Everything a call costs: metrics, line, and the log thread's share of writing it to a file.
void metrics_and_line_to_file(benchmark::State& state) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("apiforge-bench-" + std::to_string(system_seed()));
  LogSettings settings;
  settings.file = {.path = folder / "calls.log", .max_bytes = 64ull << 20, .max_files = 1};
  const SystemClock clock;
  {
    const auto sink = LogSink::open(settings, clock);
    const auto cells = std::make_shared<WorkerCells>();
    const auto writer = (*sink)->add_writer(cells);
    const auto api = std::make_unique<ApiCells>();
    LogThread thread(**sink);
    const CallRecord call = typical_call();
    WallTime now = clock.wall();
    std::uint64_t lines = 0;
    for (auto _ : state) {
      now += std::chrono::microseconds(50);
      api->record(call);
      writer->append(call, now);
      // A worker does other things too; without a break the log thread could only fall behind.
      if (++lines % 1'000 == 0) {
        writer->flush();
        std::this_thread::sleep_for(LogThread::kInterval);
      }
    }
    state.counters["dropped"] = static_cast<double>(cells->log_lines_dropped.value());
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(metrics_and_line_to_file)->MeasureProcessCPUTime()->Iterations(1'000'000);

}  // namespace
}  // namespace apiforge::observe
