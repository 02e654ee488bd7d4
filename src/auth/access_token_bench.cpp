#include <benchmark/benchmark.h>

#include "auth/access_token.hpp"

namespace apiforge::auth {
namespace {

using std::chrono::seconds;
constexpr WallTime kNow{seconds(1'700'000'000)};

AccessClaims usual_claims() {
  AccessClaims claims;
  claims.user.value = "0123456789ABCDEFGHIJ";
  claims.tenant.value = "ABCDEFGHIJ0123456789";
  claims.session.value = "abcdefghij0123456789";
  claims.roles = {"developer"};
  claims.issued_at = kNow;
  claims.expires_at = kNow + seconds(900);
  return claims;
}

void verify(benchmark::State& state, TokenAlgorithm algorithm) {
  const SigningKeySet keys{{generate_signing_key(algorithm, kNow).value()}};
  const auto token = TokenIssuer::make(keys, {})->issue(usual_claims()).value();
  const auto verifier = TokenVerifier::make(keys, {}).value();
  for (auto _ : state) benchmark::DoNotOptimize(verifier.verify(token.reveal(), kNow));
}
BENCHMARK_CAPTURE(verify, hs256, TokenAlgorithm::Hs256);
BENCHMARK_CAPTURE(verify, rs256, TokenAlgorithm::Rs256);
BENCHMARK_CAPTURE(verify, es256, TokenAlgorithm::Es256);
BENCHMARK_CAPTURE(verify, eddsa, TokenAlgorithm::EdDsa);

void refuse(benchmark::State& state, TokenAlgorithm algorithm) {
  const SigningKeySet keys{{generate_signing_key(algorithm, kNow, "same").value()}};
  const SigningKeySet other{{generate_signing_key(algorithm, kNow, "same").value()}};
  const auto token = TokenIssuer::make(other, {})->issue(usual_claims()).value();
  const auto verifier = TokenVerifier::make(keys, {}).value();
  for (auto _ : state) benchmark::DoNotOptimize(verifier.verify(token.reveal(), kNow));
}
BENCHMARK_CAPTURE(refuse, hs256, TokenAlgorithm::Hs256);

void issue(benchmark::State& state, TokenAlgorithm algorithm) {
  const SigningKeySet keys{{generate_signing_key(algorithm, kNow).value()}};
  const auto issuer = TokenIssuer::make(keys, {}).value();
  const auto claims = usual_claims();
  for (auto _ : state) benchmark::DoNotOptimize(issuer.issue(claims));
}
BENCHMARK_CAPTURE(issue, hs256, TokenAlgorithm::Hs256);
BENCHMARK_CAPTURE(issue, es256, TokenAlgorithm::Es256);

}  // namespace
}  // namespace apiforge::auth
