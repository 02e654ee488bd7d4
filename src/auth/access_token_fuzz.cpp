// Whatever arrives as a token: none is accepted without the secret, and all are refused alike.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/access_token.hpp"
#include "auth/trusted_issuers.hpp"

namespace {

using namespace apiforge;

void require(bool condition) {
  if (!condition) std::abort();
}

auth::TokenVerifier make_verifier() {
  // The corpus holds tokens for this key; its secret is not what signed them.
  auto key = auth::signing_key_from_secret(auth::TokenAlgorithm::Hs256,
                                           Secret("a secret that nobody has, 32 bytes"));
  key->id = "key-1";
  return std::move(*auth::TokenVerifier::make({{*key}}, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auth::TokenVerifier verifier = make_verifier();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto claims = verifier.verify(text, WallTime(std::chrono::seconds(1'700'000'000)));
  require(!claims);
  require(claims.error().code == ErrorCode::InvalidCredential);
  require(claims.error().detail == auth::kInvalidCredentialDetail);
  require(auth::claimed_issuer(text).size() <= size);
  const auto keys = auth::PublishedKeys::parse(text);
  require(!keys || (keys->size() > 0 && keys->size() <= auth::kMaxPublishedKeys));
  return 0;
}
