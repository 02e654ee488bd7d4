// The keys that sign our access tokens, and their rotation. Plain values; any thread.
//
// One key has one algorithm, for ever (RFC 8725 3.1). A key is published before it signs, signs
// until a newer one does, and is kept until the last token it signed has expired:
//
//   made       not_before                       next key's not_before      retire_at
//    | published, verifies | published, verifies, signs | published, verifies |
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace apiforge::auth {

/// Signature algorithms of JSON Web Tokens (RFC 7518 3.1, RFC 8037 3.1). There is no `none`.
enum class TokenAlgorithm : std::uint8_t { Hs256, Hs384, Hs512, Rs256, Ps256, Es256, EdDsa };

/// `HS256`, ..., `EdDSA`.
std::string_view name_of(TokenAlgorithm algorithm);
/// The exact name only; nullopt for any other, and for `none` in every spelling.
std::optional<TokenAlgorithm> parse_token_algorithm(std::string_view name);
/// Whether who can verify can also sign (HS*).
bool is_symmetric(TokenAlgorithm algorithm);

struct SigningKey {
  std::string id;  ///< `kid`, `[A-Za-z0-9_-]{1,64}`
  TokenAlgorithm algorithm = TokenAlgorithm::Hs256;
  Secret jwk;             ///< the whole key as a JSON Web Key (RFC 7517), private members included
  WallTime not_before{};  ///< signs from then on
  std::optional<WallTime> retire_at;  ///< verifies until then; nullopt while no successor is known
  friend bool operator==(const SigningKey&, const SigningKey&) = default;
};

/// All keys that count at a moment. Ids are unique; at most kMaxSigningKeys.
struct SigningKeySet {
  std::vector<SigningKey> keys;
};
inline constexpr std::size_t kMaxSigningKeys = 16;
/// How long a secret for HS* must be at least: as long as the hash (RFC 7518 3.2), 32 bytes for
/// HS256; 0 for the others.
std::size_t min_secret_bytes(TokenAlgorithm algorithm);

struct RotationTimes {
  /// How long a key is published before it signs; longer than anyone caches the published keys.
  std::chrono::seconds publish_ahead{600};
  /// How long tokens live, with the leeway of who verifies them.
  std::chrono::seconds longest_token{3600};
};

/// A new random key: HS* of 64 bytes, RS256 and PS256 of 2048 bits (takes up to a second), ES256 on
/// P-256, EdDSA with Ed25519. `id` is made by `make_id` when empty.
Result<SigningKey> generate_signing_key(TokenAlgorithm algorithm, WallTime not_before,
                                        std::string id = {});
/// A key of a configured secret (HS*), such as JWT_SECRET_KEY. InvalidConfiguration when it is
/// shorter than the algorithm's hash. The id is derived from the secret: every node gets the same
/// one.
Result<SigningKey> signing_key_from_secret(TokenAlgorithm algorithm, const Secret& secret);
/// A private key in PEM for the other algorithms; its kind must fit. RSA keys have 2048 bits or
/// more. The id is derived from the public half.
Result<SigningKey> signing_key_from_pem(TokenAlgorithm algorithm, const Secret& pem);

/// The key with its times as one JSON text, to be sealed and stored.
Secret signing_key_text(const SigningKey& key);
/// SealedDataUnreadable when the text is not one of `signing_key_text`.
Result<SigningKey> parse_signing_key(const Secret& text);

/// The key that signs at `now`: of those whose time has come and that are not retired the latest.
/// nullptr when there is none.
const SigningKey* signing_key_at(const SigningKeySet& set, WallTime now);

/// The set with `next` in it, which signs once it has been published for long enough; the keys
/// before it are told when they retire, and those retired already are left out.
SigningKeySet rotate(SigningKeySet set, SigningKey next, WallTime now, RotationTimes times = {});

/// The JSON Web Key Set (RFC 7517 5) of the public halves; HS* keys have none and are left out.
std::string jwks(const SigningKeySet& set);

}  // namespace apiforge::auth
