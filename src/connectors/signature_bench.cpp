// What a signature costs: a keyed state copied per call, against OpenSSL's one-shot HMAC.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

#include "connectors/signature.hpp"

namespace apiforge::connectors {
namespace {

constexpr std::string_view kSecret =
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
constexpr std::string_view kOrder =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
    "&timestamp=1499827319559";
// The published example key of Binance's FIX documentation.
constexpr std::string_view kPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n"
    "-----END PRIVATE KEY-----\n";

void sign_with_hmac(benchmark::State& state, HmacDigest digest) {
  const auto key = HmacKey::make(digest, kSecret);
  for (auto _ : state) benchmark::DoNotOptimize(key->sign({kOrder}));
}
BENCHMARK_CAPTURE(sign_with_hmac, sha256, HmacDigest::Sha256)->ThreadRange(1, 2);
BENCHMARK_CAPTURE(sign_with_hmac, sha512, HmacDigest::Sha512);

void one_shot_hmac_of_openssl(benchmark::State& state) {
  std::uint8_t out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(HMAC(EVP_sha256(), kSecret.data(), kSecret.size(),
                                  bytes_of(kOrder).data(), kOrder.size(), out, &size));
  }
}
BENCHMARK(one_shot_hmac_of_openssl);

void sign_with_ed25519(benchmark::State& state) {
  const auto key = Ed25519Key::from_pem(kPem);
  for (auto _ : state) benchmark::DoNotOptimize(key->sign({kOrder}));
}
BENCHMARK(sign_with_ed25519);

}  // namespace
}  // namespace apiforge::connectors
