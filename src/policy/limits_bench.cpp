// What limits and a breaker cost on the path of a call: three limits and a breaker have to be done
// within 0.6 us.
#include <benchmark/benchmark.h>

#include <atomic>

#include "policy/adaptive_limit.hpp"
#include "policy/breaker.hpp"
#include "policy/load_shedder.hpp"
#include "policy/rate.hpp"

namespace apiforge::policy {
namespace {

using model::LimitAlgorithm;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

bool take(const RateRule& rule, std::atomic<std::uint64_t>& counter, MonotonicTime now) {
  std::uint64_t before = counter.load(std::memory_order_relaxed);
  while (true) {
    const RateVerdict verdict = rule.decide(before, now, 1);
    if (!verdict.allowed) return false;
    if (counter.compare_exchange_weak(before, verdict.next)) return true;
  }
}

void rate(benchmark::State& state, LimitAlgorithm algorithm) {
  const RateRule rule(algorithm, 1'000'000, seconds(1), 0);
  std::atomic<std::uint64_t> counter{0};
  MonotonicTime now{hours(1)};
  for (auto _ : state) {
    now += microseconds(2);
    benchmark::DoNotOptimize(take(rule, counter, now));
  }
}

void breaker(benchmark::State& state, model::BreakerWindow window) {
  model::BreakerRule rule;
  rule.window = window;
  const auto shared = std::make_shared<Breaker>(rule);
  MonotonicTime now{hours(1)};
  for (auto _ : state) {
    now += microseconds(2);
    auto acquired = shared->acquire(now);
    benchmark::DoNotOptimize(acquired.permit.settle({.latency = microseconds(100)}, now));
  }
}

void breaker_refuses(benchmark::State& state) {
  const auto shared = std::make_shared<Breaker>(model::BreakerRule{});
  const MonotonicTime now{hours(1)};
  shared->order(Breaker::Order::Open);
  for (auto _ : state) benchmark::DoNotOptimize(shared->acquire(now));
}

void three_limits_and_breaker(benchmark::State& state) {
  const RateRule rules[] = {{LimitAlgorithm::Gcra, 1'000'000, seconds(1), 0},
                            {LimitAlgorithm::SlidingWindow, 60'000'000, seconds(60), 0},
                            {LimitAlgorithm::Gcra, 2'000'000, seconds(1), 0}};
  std::atomic<std::uint64_t> counters[3] = {};
  const auto shared = std::make_shared<Breaker>(model::BreakerRule{});
  MonotonicTime now{hours(1)};
  for (auto _ : state) {
    now += microseconds(2);
    for (int i = 0; i < 3; ++i) {
      benchmark::DoNotOptimize(rules[i].decide(counters[i].load(), now, 1));
    }
    for (int i = 0; i < 3; ++i) benchmark::DoNotOptimize(take(rules[i], counters[i], now));
    auto acquired = shared->acquire(now);
    benchmark::DoNotOptimize(acquired.permit.settle({.latency = microseconds(100)}, now));
  }
}

void shedding_and_adaptive_limit(benchmark::State& state) {
  LoadShedder shedder({});
  AdaptiveLimit limit({});
  MonotonicTime now{hours(1)};
  for (auto _ : state) {
    now += microseconds(2);
    shedder.on_delay(microseconds(50), now);
    benchmark::DoNotOptimize(shedder.sheds(model::PriorityClass::Data, 0.5));
    benchmark::DoNotOptimize(limit.admits(model::PriorityClass::Data, 10));
    limit.on_latency(microseconds(500), 10, now);
  }
}

BENCHMARK_CAPTURE(rate, gcra, LimitAlgorithm::Gcra);
BENCHMARK_CAPTURE(rate, sliding_window, LimitAlgorithm::SlidingWindow);
BENCHMARK_CAPTURE(rate, fixed_window, LimitAlgorithm::FixedWindow);
BENCHMARK_CAPTURE(breaker, last_calls, model::BreakerWindow{model::WindowKind::Count, 100});
BENCHMARK_CAPTURE(breaker, last_seconds, model::BreakerWindow{model::WindowKind::Time, 10'000});
BENCHMARK(breaker_refuses);
BENCHMARK(three_limits_and_breaker);
BENCHMARK(shedding_and_adaptive_limit);

}  // namespace
}  // namespace apiforge::policy
