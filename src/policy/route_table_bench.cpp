#include <benchmark/benchmark.h>

#include <deque>

#include "policy/route_table.hpp"

namespace apiforge::policy {
namespace {

struct Routes {
  std::deque<model::Route> routes;
  std::vector<RouteEntry> entries;
};

/// `/proxy/api-<i>`, and for each tenth Api also a host and a parameter.
Routes make_routes(std::size_t count) {
  Routes result;
  for (std::size_t i = 0; i < count; ++i) {
    model::Route& route = result.routes.emplace_back();
    route.path = "/proxy/api-" + std::to_string(i);
    if (i % 10 == 9) {
      route.hosts = {"h" + std::to_string(i) + ".example.com"};
      route.path += "/{id}";
    }
    result.entries.push_back({&route, static_cast<std::uint32_t>(i), "bench"});
  }
  return result;
}

/// One target again and again: what the walk itself costs.
void match_one(benchmark::State& state) {
  const auto routes = make_routes(static_cast<std::size_t>(state.range(0)));
  const auto table = RouteTable::build(routes.entries);
  const RouteQuery query{"gateway.example.com", "/proxy/api-3/v3/order", "GET", {}};
  for (auto _ : state) benchmark::DoNotOptimize(table->match(query));
}

/// All targets in turn: the same, with the cache misses of a large table.
void match_all(benchmark::State& state) {
  const auto routes = make_routes(static_cast<std::size_t>(state.range(0)));
  const auto table = RouteTable::build(routes.entries);
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 1024; ++i) {
    paths.push_back("/proxy/api-" + std::to_string(i * 7919 % routes.entries.size()) + "/v3/order");
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const RouteQuery query{"gateway.example.com", paths[next++ % paths.size()], "GET", {}};
    benchmark::DoNotOptimize(table->match(query));
  }
}

void build(benchmark::State& state) {
  const auto routes = make_routes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(RouteTable::build(routes.entries));
}

BENCHMARK(match_one)->Arg(10)->Arg(10'000)->Arg(20'000);
BENCHMARK(match_all)->Arg(10)->Arg(10'000)->Arg(20'000);
BENCHMARK(build)->Arg(20'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace apiforge::policy
