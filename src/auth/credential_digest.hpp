// Digests by which credentials are known without being kept (BLAKE2b-256, RFC 7693). Immutable; any
// thread.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace apiforge::auth {

using CredentialDigest = std::array<std::uint8_t, 32>;

/// Digests under a key of the installation: who reads the store cannot test guesses without it.
class CredentialHasher {
 public:
  /// `key` of any length is condensed to 32 bytes; give 32 random bytes.
  explicit CredentialHasher(const Secret& key);
  /// The digest of an API key or of a whole bearer token; about 0.4 us for 60 bytes.
  CredentialDigest digest(std::string_view text) const;

 private:
  Secret key_;
};

/// Lower-case hexadecimal of the digest without a key: for opaque tokens, which are random enough
/// not to be guessed (ASVS 6.5.2). 64 digits.
std::string unkeyed_digest_hex(std::string_view text);

}  // namespace apiforge::auth
