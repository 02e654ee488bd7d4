// What identify costs a call: a credential that was seen before, and one that was not, with few and
// with a million keys. Also the memory of a key and the time of one change among a million.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include "auth/access.hpp"
#include "auth/api_key_text.hpp"
#include "auth/authenticator.hpp"
#include "auth/directory_samples.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth {
namespace {

constexpr WallTime kBenchNow{std::chrono::seconds(1'800'000'000)};
constexpr std::size_t kUsedKeys = 64;

struct Loaded {
  std::shared_ptr<const Directory> directory;
  std::vector<std::string> texts;  ///< of kUsedKeys keys
  double bytes_per_key = 0;
};

double heap_bytes() {
  return static_cast<double>(mallinfo2().uordblks);
}

Loaded load(std::size_t keys) {
  Loaded loaded;
  auto directory = std::make_shared<const Directory>()->with(
      {.tenants = {{sample_tenant("t1")}}, .users = {{sample_user("u1", "t1")}}}, kBenchNow);
  const double before = heap_bytes();
  constexpr std::size_t kBatch = 10'000;
  for (std::size_t i = 0; i < keys; i += kBatch) {
    DirectoryChanges changes;
    for (std::size_t j = i; j < std::min(keys, i + kBatch); ++j) {
      const std::string id = make_id();
      std::string text(make_api_key("live", {id}).text.reveal());
      changes.keys.push_back({sample_key(id, "t1", "u1", text)});
      if (loaded.texts.size() < kUsedKeys) loaded.texts.push_back(std::move(text));
    }
    directory = directory->with(changes, kBenchNow);
  }
  loaded.bytes_per_key = (heap_bytes() - before) / static_cast<double>(keys);
  loaded.directory = std::move(directory);
  return loaded;
}

const Loaded& loaded(std::int64_t keys) {
  static const Loaded few = load(10);
  if (keys == 10) return few;
  static const Loaded many = load(1'000'000);
  return many;
}

SigningKeySet signing_keys() {
  return {{*signing_key_from_secret(TokenAlgorithm::Hs256, Secret(std::string(64, 's')))}};
}

Authenticator authenticator() {
  return {std::make_shared<const CredentialHasher>(Secret(std::string(32, 'k'))),
          {std::make_shared<const TokenVerifier>(*TokenVerifier::make(signing_keys(), {})), nullptr,
           "apiforge"}};
}

void key_seen_before(benchmark::State& state) {
  const Loaded& world = loaded(state.range(0));
  Authenticator worker = authenticator();
  std::size_t i = 0;
  for (auto _ : state) {
    const auto caller =
        worker.authenticate(world.texts[i++ % world.texts.size()], *world.directory, kBenchNow);
    benchmark::DoNotOptimize(
        may_call(**caller, {model::Permission::GatewayCall}, "binance", "192.0.2.1"));
  }
}
BENCHMARK(key_seen_before)->Arg(10)->Arg(1'000'000);

void key_after_a_change_of_the_directory(benchmark::State& state) {
  const Loaded& world = loaded(state.range(0));
  Authenticator worker = authenticator();
  const auto other = world.directory->with({}, kBenchNow);
  std::size_t i = 0;
  for (auto _ : state) {
    const Directory& directory = ++i % 2 == 0 ? *world.directory : *other;
    benchmark::DoNotOptimize(worker.authenticate(world.texts.front(), directory, kBenchNow));
  }
}
BENCHMARK(key_after_a_change_of_the_directory)->Arg(10)->Arg(1'000'000);

void key_that_is_unknown(benchmark::State& state) {
  const Loaded& world = loaded(state.range(0));
  Authenticator worker = authenticator();
  const std::string text(make_api_key("live", {make_id()}).text.reveal());
  for (auto _ : state) {
    benchmark::DoNotOptimize(worker.authenticate(text, *world.directory, kBenchNow));
  }
}
BENCHMARK(key_that_is_unknown)->Arg(10)->Arg(1'000'000);

std::string token() {
  AccessClaims claims;
  claims.user = {"u1"};
  claims.tenant = {"t1"};
  claims.session = {"s1"};
  claims.roles = {"developer"};
  claims.issued_at = kBenchNow;
  claims.expires_at = kBenchNow + std::chrono::minutes(30);
  return std::string(TokenIssuer::make(signing_keys(), {})->issue(claims)->reveal());
}

void token_seen_before(benchmark::State& state) {
  const Loaded& world = loaded(10);
  Authenticator worker = authenticator();
  const std::string text = token();
  for (auto _ : state) {
    benchmark::DoNotOptimize(worker.authenticate(text, *world.directory, kBenchNow));
  }
  state.counters["token_bytes"] = static_cast<double>(text.size());
}
BENCHMARK(token_seen_before);

void token_that_is_new(benchmark::State& state) {
  const Loaded& world = loaded(10);
  Authenticator worker = authenticator();
  const std::string text = token();
  // In the time that the verifier grants to clocks that differ nothing is remembered.
  const WallTime late = kBenchNow + std::chrono::minutes(30) + std::chrono::seconds(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(worker.authenticate(text, *world.directory, late));
  }
}
BENCHMARK(token_that_is_new);

void one_change(benchmark::State& state) {
  const Loaded& world = loaded(state.range(0));
  auto directory = world.directory;
  const std::string id = make_id();
  const model::ApiKey key = sample_key(id, "t1", "u1");
  for (auto _ : state) directory = directory->with({.keys = {{key}}}, kBenchNow);
  state.counters["bytes_per_key"] = world.bytes_per_key;
}
BENCHMARK(one_change)->Arg(10)->Arg(1'000'000);

}  // namespace
}  // namespace apiforge::auth
