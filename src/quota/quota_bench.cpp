#include <benchmark/benchmark.h>

#include "quota/limit_book.hpp"
#include "quota/limiter.hpp"

namespace apiforge::quota {
namespace {

constexpr WallTime kWall{std::chrono::seconds(1'700'000'000)};

model::Quota quota_of(model::LimitUnit unit, bool period) {
  model::Quota quota;
  quota.name = "q" + std::to_string(static_cast<int>(unit)) + (period ? "p" : "");
  quota.match.key = "*";
  quota.limit = {.unit = unit, .amount = 1'000'000'000};
  if (period) {
    quota.limit.period = model::Period::Day;
  } else if (unit != model::LimitUnit::Concurrent) {
    quota.limit.per = std::chrono::seconds(1);
  }
  return quota;
}

Subject subject_of(std::uint64_t fingerprint, std::string_view key) {
  return {.tenant = "acme",
          .user = "joe",
          .key = key,
          .client = "10.0.0.1",
          .api = "binance",
          .version = "v3",
          .method = "GET",
          .path = "/orders/1",
          .fingerprint = fingerprint};
}

/// One worker's Limiter over the limits, beside those of thousands of other tenants.
struct Bench {
  explicit Bench(const std::vector<model::Quota>& quotas) {
    std::vector<std::shared_ptr<const model::Quota>> all;
    for (const model::Quota& quota : quotas) {
      all.push_back(std::make_shared<const model::Quota>(quota));
    }
    for (int i = 0; i < 5'000; ++i) {
      model::Quota other = quota_of(model::LimitUnit::Requests, false);
      other.tenant = {"tenant" + std::to_string(i)};
      all.push_back(std::make_shared<const model::Quota>(other));
    }
    limiter.use(LimitBook::compile(all, 0, nullptr));
  }
  LimitTable table;
  MonotonicTime now{std::chrono::hours(1)};
  Limiter limiter{{.table = table, .post = [](auto) {}, .now = [this] { return now; }}};
};

void admit(benchmark::State& state, const std::vector<model::Quota>& quotas) {
  Bench bench(quotas);
  const Costs costs{.tokens = 1};
  for (auto _ : state) {
    bench.now += std::chrono::microseconds(1);
    Holding holding;
    benchmark::DoNotOptimize(
        bench.limiter.admit(subject_of(7, "k"), costs, bench.now, kWall, holding));
    holding.settle(costs);
  }
}

BENCHMARK_CAPTURE(admit, none, {});
BENCHMARK_CAPTURE(admit, one_rate, {quota_of(model::LimitUnit::Requests, false)});
BENCHMARK_CAPTURE(admit, one_period, {quota_of(model::LimitUnit::Requests, true)});
BENCHMARK_CAPTURE(admit, three,
                  {quota_of(model::LimitUnit::Requests, false),
                   quota_of(model::LimitUnit::Tokens, false),
                   quota_of(model::LimitUnit::Concurrent, false)});

/// Callers that the worker's cache does not hold: limits are matched and counters are looked for.
void admit_strangers(benchmark::State& state) {
  Bench bench({quota_of(model::LimitUnit::Requests, false)});
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < state.range(0); ++i) keys.push_back("key" + std::to_string(i));
  std::size_t next = 0;
  for (auto _ : state) {
    next = next + 1 == keys.size() ? 0 : next + 1;
    Holding holding;
    benchmark::DoNotOptimize(
        bench.limiter.admit(subject_of(next + 1, keys[next]), {}, bench.now, kWall, holding));
  }
  state.counters["bytes_per_caller"] =
      static_cast<double>(bench.table.usage().bytes) / static_cast<double>(keys.size());
}
BENCHMARK(admit_strangers)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

}  // namespace
}  // namespace apiforge::quota
