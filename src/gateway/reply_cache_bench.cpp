// What a fresh hit costs before anything is sent: the key, finding the reply, whether it is fresh.
#include <benchmark/benchmark.h>

#include "gateway/cache/worker_cache.hpp"
#include "policy/http_cache.hpp"

namespace apiforge::gateway::cache {
namespace {

constexpr std::size_t kMaxBytes = 64 << 20;

const std::vector<net::Field> kRequest{
    {"Host", "api.example.com"},    {"Accept", "application/json"}, {"Accept-Encoding", "gzip, br"},
    {"User-Agent", "a client 1.0"}, {"X-API-Key", "not looked at"}, {"Connection", "keep-alive"},
    {"Accept-Language", "de, en"},
};

std::string key_text(std::int64_t number) {
  return "8 bytes.t(tenant of the caller)-api.example.com/v1/prices/" + std::to_string(number) +
         "?interval=1d&limit=100";
}

KeptPtr a_reply(MonotonicTime now, bool varies) {
  auto kept = std::make_shared<KeptReply>();
  kept->reply.body.assign(1'000, 'x');
  kept->freshness.received = now;
  kept->freshness.lifetime = std::chrono::hours(1);
  if (varies) {
    kept->selecting = {selecting_field("Accept-Encoding", kRequest),
                       selecting_field("Accept-Language", kRequest)};
  }
  return kept;
}

void hit(benchmark::State& state) {
  const std::int64_t entries = state.range(0);
  const bool varies = state.range(1) != 0;
  SimulatedClock clock;
  net::EventLoop loop(clock, 1);
  WorkerCache cache(loop, std::make_shared<CacheRing>(1, 1), 0, kMaxBytes);
  const auto api = std::make_shared<int>();
  FlightTicket none;
  for (std::int64_t i = 0; i < entries; ++i) {
    const std::string text = key_text(i);
    cache.keep(cache.key(text), cache.owner_of(api), a_reply(clock.now(), varies), clock.now(),
               none);
  }
  std::vector<std::string> targets;
  for (std::int64_t i = 0; i < entries; ++i) targets.push_back(key_text(i));
  std::size_t next = 0;
  for (auto _ : state) {
    policy::RequestFacts request;
    for (const net::Field& field : kRequest) {
      policy::read_request_field(field.name, field.value, request);
    }
    benchmark::DoNotOptimize(cache.owner_of(api).id);
    cache.key_scratch().assign(targets[next]);
    const KeptPtr reply = cache.find(cache.key(cache.key_scratch()), kRequest);
    benchmark::DoNotOptimize(policy::use_of(reply->freshness, request, loop.recent()));
    next = next + 1 == targets.size() ? 0 : next + 1;
  }
}

BENCHMARK(hit)->ArgNames({"entries", "vary"})->Args({1, 0})->Args({1, 1})->Args({10'000, 0});

}  // namespace
}  // namespace apiforge::gateway::cache
