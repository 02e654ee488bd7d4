#include <benchmark/benchmark.h>

#include "policy/canonical_target.hpp"

namespace apiforge::policy {
namespace {

void canonicalize(benchmark::State& state, std::string_view target) {
  std::string storage;
  for (auto _ : state) {
    benchmark::DoNotOptimize(target);
    auto result = canonicalize_target(target, "GET", storage);
    benchmark::DoNotOptimize(result);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(target.size()));
}

BENCHMARK_CAPTURE(canonicalize, twenty_bytes, "/proxy/binance/api/v");
BENCHMARK_CAPTURE(canonicalize, with_query, "/proxy/binance/api/v3/ticker?symbol=BTCUSDT&limit=5");
BENCHMARK_CAPTURE(canonicalize, dot_segments, "/proxy/binance/./api/v2/../v3/ticker");
BENCHMARK_CAPTURE(canonicalize, escapes, "/proxy/files/caf%c3%a9/%7euser/a%20b");

}  // namespace
}  // namespace apiforge::policy
