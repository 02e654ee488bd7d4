#include "auth/credential_digest.hpp"

#include <sodium.h>

#include "auth/detail/sodium.hpp"
#include "base/encoding.hpp"

namespace apiforge::auth {
namespace {

CredentialDigest blake2b(std::string_view text, std::string_view key) {
  CredentialDigest digest;
  const auto bytes = bytes_of(text);
  const auto key_bytes = bytes_of(key);
  // Fails for lengths that are not allowed only; 32 for both is.
  static_cast<void>(crypto_generichash_blake2b(digest.data(), digest.size(), bytes.data(),
                                               bytes.size(), key_bytes.data(), key_bytes.size()));
  return digest;
}

}  // namespace

CredentialHasher::CredentialHasher(const Secret& key) {
  start_sodium();
  auto condensed = blake2b(key.reveal(), {});
  key_ = Secret(std::string(condensed.begin(), condensed.end()));
  sodium_memzero(condensed.data(), condensed.size());
}

CredentialDigest CredentialHasher::digest(std::string_view text) const {
  return blake2b(text, key_.reveal());
}

std::string unkeyed_digest_hex(std::string_view text) {
  start_sodium();
  return hex(blake2b(text, {}));
}

}  // namespace apiforge::auth
