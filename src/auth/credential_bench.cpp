#include <benchmark/benchmark.h>

#include "auth/api_key_text.hpp"
#include "auth/credential_digest.hpp"
#include "auth/opaque_token.hpp"
#include "auth/password_hasher.hpp"

namespace apiforge::auth {
namespace {

void digest_of_an_api_key(benchmark::State& state) {
  const CredentialHasher hasher(Secret("0123456789abcdef0123456789abcdef"));
  const auto key = make_api_key("live", {make_id()});
  for (auto _ : state) benchmark::DoNotOptimize(hasher.digest(key.text.reveal()));
}
BENCHMARK(digest_of_an_api_key);

void check_of_an_api_key(benchmark::State& state) {
  const auto key = make_api_key("live", {make_id()});
  for (auto _ : state) benchmark::DoNotOptimize(is_well_formed_api_key(key.text.reveal()));
}
BENCHMARK(check_of_an_api_key);

void password_hash(benchmark::State& state) {
  const PasswordHasher hasher({}, 1, 0);
  const Secret password("correct horse battery staple");
  for (auto _ : state) benchmark::DoNotOptimize(hasher.hash(password));
}
BENCHMARK(password_hash)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace apiforge::auth
