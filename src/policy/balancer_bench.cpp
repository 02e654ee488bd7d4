#include <benchmark/benchmark.h>

#include "policy/balancer.hpp"

namespace apiforge::policy {
namespace {

void choose(benchmark::State& state, model::Balancing balancing) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const MonotonicTime now{std::chrono::hours(1)};
  std::vector<EndpointLoad> loads(count);
  std::vector<std::string> identities;
  for (std::size_t i = 0; i < count; ++i) {
    observe_latency(loads[i], now, std::chrono::milliseconds(10 + i));
    identities.push_back("http://" + std::to_string(i));
  }
  Balancer balancer({balancing}, identities);
  Random random(1);
  ChooseContext context{now + std::chrono::seconds(1)};
  for (auto _ : state) {
    ++context.hash;
    benchmark::DoNotOptimize(balancer.choose(loads, context, random));
  }
}

BENCHMARK_CAPTURE(choose, p2c_ewma, model::Balancing::P2cEwma)->Arg(1)->Arg(3)->Arg(20);
BENCHMARK_CAPTURE(choose, round_robin, model::Balancing::RoundRobin)->Arg(3)->Arg(20);
BENCHMARK_CAPTURE(choose, weighted, model::Balancing::WeightedRoundRobin)->Arg(3)->Arg(20);
BENCHMARK_CAPTURE(choose, least_request, model::Balancing::LeastRequest)->Arg(3)->Arg(20);
BENCHMARK_CAPTURE(choose, consistent_hash, model::Balancing::ConsistentHash)->Arg(3)->Arg(20);

}  // namespace
}  // namespace apiforge::policy
